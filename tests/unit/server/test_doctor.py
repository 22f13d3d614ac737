"""Each check of `intrvu doctor`: what it says when all is well, and what to do when it is not."""

import json
import os
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from auth import development
from domain.errors import ConfigurationError
from persistence import migrations
from persistence.locations import parse
from persistence.revisions import HEAD
from server import graphiql
from server.doctor import machine, product, report, storage, web
from server.doctor.findings import Finding, Status, fail, ok, split, warn
from server.settings import CONTENT, PROJECT, Settings


def settings_of(folder: Path, **given: object) -> Settings:
    return Settings.read(env_file=None, data_dir=folder, **given)


@pytest.fixture
def folder(tmp_path: Path):
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def migrated(folder: Path):
    migrations.upgrade(parse(f"sqlite:///{folder / 'intrvu.db'}"))
    return folder


def statuses(findings: list[Finding]) -> list[Status]:
    return [finding.status for finding in findings]


def tree(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_an_old_python_fails_with_the_remedy():
    assert machine.python((3, 10, 4)) == fail(
        "Python", "3.10.4 is too old", "install Python 3.11 or newer, then `make clean` and `make run`"
    )
    assert machine.python((3, 11, 0)).status is Status.OK


def test_a_taken_port_names_its_holder_and_the_remedy(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = machine.port(settings_of(folder, port=port))

    assert finding.status is Status.FAIL
    assert re.match(rf"{port} on 127\.0\.0\.1 is taken", finding.detail)
    if sys.platform == "linux":
        assert f"(process {os.getpid()})" in finding.detail
    assert finding.remedy == f"stop what listens there, or choose another with PORT={port + 1}"


class Health(BaseHTTPRequestHandler):
    """Answers as the product does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Request-ID", "1")
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}')

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def another_intrvu() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_port_where_the_product_itself_answers_is_no_failure(folder, another_intrvu):
    finding = machine.port(settings_of(folder, port=another_intrvu))

    assert finding.status is Status.OK
    assert "an IntrVu server answers there" in finding.detail


def test_a_free_port_is_free_again_afterwards(folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert machine.port(settings_of(folder, port=port)) == ok("Port", f"{port} on 127.0.0.1 is free")
    with socket.create_server(("127.0.0.1", port)):
        assert machine.port(settings_of(folder, port=0)) == ok("Port", "any free one on 127.0.0.1")


def test_a_folder_that_is_not_there_yet_is_fine_and_stays_away(tmp_path):
    settings = settings_of(tmp_path / "new" / "data")

    findings = [storage.data_folder(settings), storage.key_file(settings), *storage.database(settings)]

    assert statuses(findings) == [Status.OK] * 4
    assert [finding.detail for finding in findings] == [
        f"{tmp_path}/new/data (made at the first start)",
        "development-issuer.pem is made at the first start",
        f"SQLite, {tmp_path}/new/data/intrvu.db (made at the first start)",
        "empty: the first start sets it up",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_fails(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    settings = settings_of(tmp_path / "data" / "deeper")

    assert storage.data_folder(settings) == fail(
        "Data folder", f"{tmp_path}/data is not a folder", "set INTRVU_DATA_DIR to a folder this user may write to"
    )
    assert storage.key_file(settings).status is Status.OK
    assert storage.database(settings)[0].status is Status.FAIL


@contextmanager
def nobody() -> Iterator[None]:
    """An ordinary person for the length of the block: modes do not bind root."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_that_may_not_be_written_fails(migrated):
    # Outside of pytest's own folder, which is closed to everybody but who runs the tests.
    with tempfile.TemporaryDirectory() as open_to_all:
        folder = Path(open_to_all)
        shutil.copytree(migrated, folder, dirs_exist_ok=True)
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        with nobody():
            settings = settings_of(folder)
            outcome = storage.data_folder(settings), storage.database(settings)[0]
        folder.chmod(0o700)

    assert outcome[0].status is Status.FAIL
    assert "takes no writes" in outcome[1].detail


def test_a_key_that_others_may_read_is_warned_of_and_never_shown(folder):
    key = folder / development.KEY_FILE
    key.write_text("hunter2")
    key.chmod(0o644)

    finding = storage.key_file(settings_of(folder))

    assert finding == warn("Key file", "development-issuer.pem is open to others (mode 0644)", f"run `chmod 600 {key}`")
    key.chmod(0o600)
    assert storage.key_file(settings_of(folder)).status is Status.OK


def test_a_migrated_database_is_well_and_looking_at_it_changes_nothing(migrated):
    before = tree(migrated)

    findings = storage.database(settings_of(migrated))

    assert findings == [
        ok("Database", f"SQLite, {migrated}/intrvu.db, WAL, takes writes"),
        ok("Migrations", f"at {HEAD}, the newest"),
    ]
    assert tree(migrated) == before


def test_what_a_running_server_has_just_written_counts(migrated):
    with sqlite3.connect(migrated / "intrvu.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        connection.commit()  # in the log: the file itself still has the old pages
        assert (migrated / "intrvu.db-wal").stat().st_size > 0

        finding = storage.database(settings_of(migrated))[1]
    connection.close()

    assert finding == fail(
        "Migrations", f"at 0000, and this program needs {HEAD}", "update IntrVu, or restore a backup"
    )


def test_a_database_of_an_earlier_version_is_to_be_migrated(migrated, monkeypatch):
    monkeypatch.setattr(storage, "HEAD", "9999")

    finding = storage.database(settings_of(migrated))[1]

    assert finding == fail("Migrations", f"at {HEAD}, and this program needs 9999", "run `intrvu migrate`")


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", f"at 9999, and this program needs {HEAD}"),
        ("DROP TABLE quota_ledger", f"at {HEAD}, and without quota_ledger"),
    ],
)
def test_a_database_that_this_program_cannot_serve_fails(migrated, statement, detail):
    with sqlite3.connect(migrated / "intrvu.db") as connection:
        connection.execute(statement)
    connection.close()

    finding = storage.database(settings_of(migrated))[1]

    assert (finding.status, finding.detail) == (Status.FAIL, detail)
    assert "backup" in finding.remedy


def test_a_file_that_is_no_database_fails(folder):
    (folder / "intrvu.db").write_bytes(b"something else entirely")

    (finding,) = storage.database(settings_of(folder))

    assert finding == fail(
        "Database", "The file is not an SQLite database", "check DATABASE_URL, or move the file away"
    )


def test_a_database_without_a_log_is_warned_of(folder):
    with sqlite3.connect(folder / "intrvu.db") as connection:
        connection.execute("CREATE TABLE anything (x)")
    connection.close()

    assert [finding.status for finding in storage.database(settings_of(folder))] == [Status.WARN, Status.OK]


def test_a_server_out_of_reach_fails_without_its_password(folder):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    (finding,) = storage.database(settings_of(folder, database_url=f"postgresql://u:hunter2@127.0.0.1:{port}/d"))

    assert finding.status is Status.FAIL
    assert "hunter2" not in repr(finding)
    assert "DATABASE_URL" in finding.remedy


def test_the_bank_is_counted_by_kind():
    finding = product.bank()

    assert finding.status is Status.OK
    amounts = [len(list(CONTENT.glob(f"{kind}/*/*.json"))) for kind in ("multiple_choice", "scenario")]
    assert finding.detail == (f"{amounts[0]} multiple choice, {amounts[1]} scenarios; all 14 domains in 3 difficulties")


def test_a_gap_in_the_bank_is_named(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    removed = [
        path
        for path in content.glob("scenario/*/*.json")
        if (item := json.loads(path.read_bytes()))["domain"] == "MLOPS" and item["difficulty"] == "HARD"
    ]
    for path in removed:
        path.unlink()

    finding = product.bank(content)

    assert removed
    assert finding.status is Status.WARN
    assert finding.detail.endswith("nothing for MLOPS HARD scenarios")


def test_a_bank_that_does_not_load_fails(tmp_path):
    assert product.bank(tmp_path).status is Status.FAIL


def test_without_a_key_the_bank_writes_and_the_rubric_grader_grades(folder):
    finding = product.providers(settings_of(folder))

    assert finding == ok(
        "Providers",
        "written by the curated bank (embedded, no key needed); graded by the rubric grader (embedded, no key needed)",
    )


def test_models_are_named_in_their_order_and_a_key_is_not_shown(folder):
    finding = product.providers(
        settings_of(
            folder,
            openai_api_key="sk-hunter2",
            multiple_choice_routes="openai:own-model,embedded",
            scenario_routes="openai:own-model",
            grading_routes="openai:own-model",
        )
    )

    assert finding == ok(
        "Providers",
        "written by multiple choice: OpenAI own-model, then the curated bank; scenarios: OpenAI own-model; "
        "graded by OpenAI own-model",
    )


def test_a_key_that_no_route_uses_is_told(folder):
    finding = product.providers(
        settings_of(
            folder,
            openai_api_key="sk-hunter2",
            multiple_choice_routes="embedded",
            scenario_routes="embedded",
            grading_routes="embedded",
        )
    )

    assert finding.status is Status.WARN
    assert finding.detail.endswith("OPENAI_API_KEY is in no route")
    assert "hunter2" not in finding.detail


def test_a_model_that_is_to_be_shut_down_is_told_with_its_day(folder):
    finding = product.providers(settings_of(folder, openai_api_key="sk", grading_routes="openai:gpt-4o-mini,embedded"))

    assert finding.status is Status.WARN
    assert finding.detail.endswith("gpt-4o-mini is shut down on 2027-01-14")


def test_node_is_not_needed_once_web_is_built(tmp_path):
    page = tmp_path / "graphiql.html"
    page.touch()

    assert web.node(page) == ok("Node.js", "not needed: web is built")
    assert web.graphiql(settings_of(tmp_path), page) == ok("GraphiQL", "built")


@pytest.mark.parametrize(
    ("told", "status"), [("v20.19.0", Status.OK), ("v22.11.0", Status.WARN), ("v24.1.2", Status.OK), ("?", Status.WARN)]
)
def test_a_node_that_can_build_web_is_found(tmp_path, monkeypatch, told, status):
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {told}\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert web.node(tmp_path / "absent", tmp_path / "absent").status is status
    monkeypatch.setenv("PATH", "/nowhere")
    assert web.node(tmp_path / "absent", node).status is status


def test_without_a_build_graphiql_is_missed_in_development_only(tmp_path):
    development_settings = settings_of(tmp_path)

    assert web.graphiql(development_settings, tmp_path / "absent").remedy == "run `make web`"


def test_names_that_are_written_twice_are_the_same():
    assert graphiql.PAGE == web.PAGE
    assert development.KEY_FILE == storage.KEY_FILE
    engines = json.loads((PROJECT / "web" / "package.json").read_text())["engines"]["node"]
    assert engines == "^20.19.0 || >=22.12.0"


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("It is gone: do this.", ("It is gone", "do this")),
        ("HOST is a: b, which is wrong: set HOST.", ("HOST is a: b, which is wrong", "set HOST")),
        ("Nothing to do.", ("Nothing to do", "")),
    ],
)
def test_an_error_of_ours_is_a_cause_and_a_remedy(message, parts):
    assert split(ConfigurationError(message)) == parts


def test_people_read_a_line_a_finding_and_machines_read_json():
    findings = [ok("Port", "8000"), warn("Bank", "a gap", "fill it"), fail("Database", "gone", "bring it back")]

    assert report.lines(findings).splitlines() == [
        "ok    Port         8000",
        "warn  Bank         a gap",
        "                   → fill it",
        "fail  Database     gone",
        "                   → bring it back",
        "",
        "1 ok, 1 warn, 1 fail",
    ]
    assert json.loads(report.encoded(findings)) == {
        "healthy": False,
        "checks": [
            {"name": "Port", "status": "ok", "detail": "8000", "remedy": ""},
            {"name": "Bank", "status": "warn", "detail": "a gap", "remedy": "fill it"},
            {"name": "Database", "status": "fail", "detail": "gone", "remedy": "bring it back"},
        ],
    }
    assert report.healthy(findings[:2])
