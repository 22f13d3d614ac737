"""Commands that people wait for: what they say, what they leave alone, and what they do not load."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from persistence.revisions import HEAD
from tests.e2e.conftest import PROJECT, environment
from tests.e2e.test_process import intrvu, one_line

GRAPHS = {"langgraph", "langchain_core", "langsmith"}
GRAPHQL = {"strawberry", "graphql"}
SQL = {"sqlalchemy", "sqlmodel", "alembic", "aiosqlite", "psycopg"}
SERVER = {"uvicorn", "starlette", "prometheus_client"}
SETTINGS = {"pydantic", "dotenv", "cryptography", "jose"}
CHECKING = {"jsonschema", "Stemmer"}
LISTED = (
    "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(m for m in sys.modules if '.' not in m)))"
)


def loaded_by(data_dir: Path, *arguments: str, returncode: int = 0) -> set[str]:
    """The top-level modules that a command has loaded when it ends."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{LISTED}; from server.cli import main; main()", *arguments],
        env=environment(data_dir),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == returncode, ended.stderr
    modules = set(ended.stderr.split())
    assert {"server", "click"} <= modules
    return modules


@pytest.mark.parametrize(
    "command",
    [[], ["serve"], ["token"], ["migrate"], ["doctor"], ["bank"], ["bank", "check"], ["export-schema"]],
    ids=" ".join,
)
def test_help_loads_nothing_but_the_command_line(tmp_path, command):
    assert not loaded_by(tmp_path / "data", *command, "--help") & (
        GRAPHS | GRAPHQL | SQL | SERVER | SETTINGS | CHECKING
    )


def test_a_token_needs_neither_database_nor_server(tmp_path):
    assert not loaded_by(tmp_path / "data", "token", "--user", "alice") & (GRAPHS | GRAPHQL | SQL | SERVER)


def test_the_doctor_looks_at_everything_and_loads_little(tmp_path):
    assert intrvu(tmp_path / "data", "migrate").returncode == 0

    assert not loaded_by(tmp_path / "data", "doctor") & (GRAPHS | GRAPHQL | SQL | SERVER)


def test_the_doctor_finds_a_fresh_machine_well_and_creates_nothing(tmp_path):
    seen = intrvu(tmp_path / "data", "doctor")

    assert (seen.returncode, seen.stderr) == (0, "")
    names = ["Python", "Settings", "Port", "Data folder", "Key file", "Database", "Migrations", "Bank", "Providers"]
    for name, line in zip(names, seen.stdout.splitlines(), strict=False):
        assert line.startswith(f"ok    {name}")
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_tells_machines_what_fails_and_exits_with_1(tmp_path):
    (tmp_path / "data").write_text("not a folder")

    seen = intrvu(tmp_path / "data", "doctor", "--json")

    assert seen.returncode == 1
    told = json.loads(seen.stdout)
    assert told["healthy"] is False
    failing = {check["name"]: check["remedy"] for check in told["checks"] if check["status"] == "fail"}
    assert failing.keys() == {"Data folder", "Database"}
    assert failing["Data folder"] == "set INTRVU_DATA_DIR to a folder this user may write to"


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"},
        {"DATABASE_URL": "mysql://u:hunter2@h/d"},
        {"JWT_KEY": "hunter2"},
        {"INTRVU_METRICS_TOKEN": "hunter2"},
        {"OPENAI_API_KEY": "hunter2", "PORT": "70000"},
    ],
)
def test_the_doctor_never_shows_a_secret(tmp_path, settings):
    seen = intrvu(tmp_path / "data", "doctor", **settings)

    assert seen.returncode == 1
    assert "fail  " in seen.stdout
    assert "→" in seen.stdout
    assert "hunter2" not in seen.stdout + seen.stderr


def test_the_doctor_knows_a_server_that_runs(serve):
    server = serve()
    port = server.origin.rpartition(":")[2]

    seen = intrvu(server.data_dir, "doctor", PORT=port)

    assert seen.returncode == 0
    assert f"{port} on 127.0.0.1: an IntrVu server answers there" in seen.stdout
    assert f"at {HEAD}, the newest" in seen.stdout


@pytest.fixture
def one_question(tmp_path: Path) -> Path:
    """A bank with domains and one question."""
    place = Path("multiple_choice/databases/mc-databases-alter-table-lock-queue.json")
    folder = tmp_path / "content"
    (folder / place.parent).mkdir(parents=True)
    for file in (Path("domains.json"), place):
        shutil.copy(PROJECT / "content" / file, folder / file)
    return folder


def test_the_check_of_a_bank_loads_little_and_exits_with_1_on_a_finding(tmp_path, one_question):
    loaded = loaded_by(tmp_path / "data", "bank", "check", "--content", str(one_question), returncode=1)

    assert "jsonschema" in loaded
    assert not loaded & (GRAPHS | GRAPHQL | SQL | SERVER)


def test_the_check_of_a_bank_is_for_people_and_for_machines_and_creates_nothing(tmp_path, one_question):
    told = intrvu(tmp_path / "data", "bank", "check", "--content", str(one_question))
    encoded = intrvu(tmp_path / "data", "bank", "check", "--content", str(one_question), "--json")

    assert (told.returncode, encoded.returncode, told.stderr + encoded.stderr) == (1, 1, "")
    findings = json.loads(encoded.stdout)["findings"]
    assert told.stdout.splitlines()[-1] == f"{len(findings)} findings"
    for finding in findings:
        assert f"{finding['place']}: {finding['detail']} → {finding['remedy']}\n" in told.stdout
    assert list(tmp_path.iterdir()) == [one_question]


def test_a_bank_that_is_not_there_is_one_line_with_the_remedy(tmp_path):
    refused = intrvu(tmp_path / "data", "bank", "check", "--content", str(tmp_path / "absent"))

    assert one_line(refused) == (
        f"intrvu: {tmp_path / 'absent'} is not a folder: name one with domains.json and the items' folders in it."
    )


def test_another_file_than_the_projects_env_is_read_when_it_is_named(tmp_path):
    named = tmp_path / "staging.env"
    named.write_text("INTRVU_DAILY_QUOTA=plenty\n")

    refused = intrvu(tmp_path / "data", "migrate", INTRVU_ENV_FILE=str(named))
    assert one_line(refused).startswith("intrvu: INTRVU_DAILY_QUOTA is 'plenty', which cannot be used")


def test_a_named_file_that_is_not_there_stops_a_command_in_one_line(tmp_path):
    missing = tmp_path / "staging.env"

    refused = intrvu(tmp_path / "data", "migrate", INTRVU_ENV_FILE=str(missing))
    assert one_line(refused) == f"intrvu: INTRVU_ENV_FILE is '{missing}', where no file is: name one, or leave it out."
    assert not (tmp_path / "data").exists()
