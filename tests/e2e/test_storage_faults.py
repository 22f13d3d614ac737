"""Real faults of the disk under a started process: full, read-only, half-migrated. Nothing is lost, and it says why."""

import json
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from persistence.revisions import HEAD
from tests.e2e.conftest import PROJECT, Server, environment, follow, over_http, over_websocket, run
from tests.e2e.test_main_job import GENERATE, HISTORY, QUOTA, generate, hand_in, scenario_answer
from tests.e2e.test_process import intrvu, one_line

EVALUATE = """
mutation Evaluate($input: EvaluateAnswerInput!) {
  evaluateAnswer(input: $input) { evaluation { id } replayed userErrors { message } }
}
"""
PREFER = "mutation Prefer($role: String) { updatePreferences(input: {targetRole: $role}) { viewer { id } } }"
IO_ERROR = "The database's disk reports errors or a size limit: check the disk, nothing was stored."
FULL = "The database's disk is full or its size limit is reached: free some space, nothing was stored."
READ_ONLY = "The database cannot be written: give the server write access to the data folder."
INTERNAL_WORDS = ("Traceback", "sqlalchemy", "sqlite3", "strawberry", 'File "')
ANSWER_BYTES = 20_000


async def post(server: Server, token: str, document: str, variables: dict[str, Any] | None = None) -> httpx.Response:
    """One operation, with whatever comes back."""
    async with httpx.AsyncClient(base_url=server.origin, timeout=60) as http:
        response = await http.post(
            "/graphql",
            json={"query": document, "variables": variables or {}},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert response.status_code in {200, 503}
    assert not [word for word in INTERNAL_WORDS if word in response.text]
    return response


def storage_fault(response: httpx.Response, data: dict[str, Any] | None) -> str:
    """The message of the one error, which must say that the storage is at fault."""
    body = response.json()
    assert body.get("data") == data
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "STORAGE_UNAVAILABLE"
    return error["message"]


def no_traceback(server: Server) -> None:
    """The log names what failed, one line each."""
    log = server.log.read_text()
    assert "Traceback" not in log
    assert all(json.loads(line)["event"] for line in log.splitlines())


STRANDED = ("CHALLENGE", "RESERVED")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the next start one whose files cannot grow beyond a size; gives a switch to lift the limit again."""

    def limit(size: int | None) -> None:
        begin = "from server.cli import main; main()"
        if size is not None:  # Python ignores SIGXFSZ: a write beyond the limit fails with EFBIG
            begin = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); {begin}"
        monkeypatch.setattr("tests.e2e.conftest.INTRVU", [sys.executable, "-c", begin])

    yield limit
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY, "the limit was the server's own"


async def fill(server: Server, token: str, challenge: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Hand in long answers until one is refused, then store ever smaller things until nothing is.

    Gives the evaluations that were accepted, and the input that was refused.
    """
    accepted: list[str] = []
    for number in range(100):
        parts = [{"questionId": challenge["questions"][0]["id"], "text": f"{number} " + "x" * (ANSWER_BYTES - 10)}]
        refused = {
            "challengeId": challenge["id"],
            "answer": {"parts": parts},
            "wait": False,
            "idempotencyKey": f"answer-{number}",
        }
        response = await post(server, token, EVALUATE, {"input": refused})
        if "errors" in response.json():
            break
        accepted.append(response.json()["data"]["evaluateAnswer"]["evaluation"]["id"])
    assert storage_fault(response, {"evaluateAnswer": None}) in {IO_ERROR, FULL}
    for number in range(100):
        response = await post(server, token, PREFER, {"role": f"Engineer {number}"})
        if "errors" in response.json():
            break
    assert storage_fault(response, {"updatePreferences": None}) in {IO_ERROR, FULL}
    return accepted, refused


async def nothing_new_but_all_that_is_there(server: Server, token: str, early: str, accepted: list[str]) -> None:
    """What a full disk means to people: writes are refused by name, also to whoever is new, and reading goes on."""
    new = {"input": {"kind": "SCENARIO", "domain": "MLOPS", "difficulty": "MEDIUM"}}
    assert storage_fault(await post(server, token, GENERATE, new), {"generateChallenge": None}) in {IO_ERROR, FULL}
    newcomer = await post(server, server.token("bob"), "{ viewer { id } }")
    assert newcomer.status_code == 503
    assert storage_fault(newcomer, None) in {IO_ERROR, FULL}
    async with over_http(server, token) as http, over_websocket(server, token) as websocket:
        (challenge,) = (await run(http, HISTORY))["history"]["nodes"]
        events = [event async for event in follow(websocket, early)]
        quota = (await run(http, QUOTA))["quota"]
    assert challenge["evaluations"]["totalCount"] == 1 + len(accepted)
    assert events[-1]["__typename"] == "EvaluationCompleted"
    # The refused challenge may leave a reservation that cannot be given back yet: it is refunded when its time is over.
    stranded = [entry for entry in quota["ledger"]["nodes"] if (entry["reason"], entry["state"]) == STRANDED]
    assert quota["used"] == 2 + len(accepted) + len(stranded) == quota["ledger"]["totalCount"]
    assert len(stranded) <= 1
    async with httpx.AsyncClient(base_url=server.origin) as http:
        assert (await http.get("/health")).status_code == 200


async def test_a_full_disk_refuses_answers_keeps_what_is_there_and_recovers(serve, full_disk):
    server = serve()
    token = server.token("alice")
    async with over_http(server, token) as http:
        challenge = await generate(http, "SCENARIO", "DATABASES")
        early = await hand_in(http, challenge, scenario_answer(challenge), wait=True)
        assert early["status"] == "COMPLETED"
    assert server.stop() == 0

    full_disk((server.data_dir / "intrvu.db").stat().st_size + ANSWER_BYTES)
    server.start()
    accepted, refused = await fill(server, token, challenge)
    await nothing_new_but_all_that_is_there(server, token, early["id"], accepted)
    server.stop()
    no_traceback(server)

    full_disk(None)
    with sqlite3.connect(server.data_dir / "intrvu.db") as connection:  # as if half a minute had gone by
        connection.execute("UPDATE quota_ledger SET expires_at = 0 WHERE reason = ? AND state = ?", STRANDED)
    connection.close()
    server.start()
    async with over_http(server, token) as http, over_websocket(server, token) as websocket:
        for id in accepted:  # accepted is accepted: each is graded now, if it was not before
            assert [event async for event in follow(websocket, id)][-1]["__typename"] == "EvaluationCompleted"
        again = (await run(http, EVALUATE, input=refused))["evaluateAnswer"]
        assert (again["userErrors"], again["replayed"]) == ([], False), "a refused answer binds no key"
        events = [event async for event in follow(websocket, again["evaluation"]["id"])]
        assert events[-1]["__typename"] == "EvaluationCompleted"
        await generate(http, "MULTIPLE_CHOICE", "ALGORITHMS")
        quota = (await run(http, QUOTA))["quota"]
    stored = 2 + len(accepted) + 1 + 1
    states = Counter(entry["state"] for entry in quota["ledger"]["nodes"])
    assert quota["used"] == states.pop("CHARGED") == stored
    assert states.keys() <= {"REFUNDED"}
    assert server.rows("SELECT status, count(*) FROM evaluations GROUP BY status") == [("COMPLETED", 2 + len(accepted))]
    assert server.rows("SELECT used FROM quota_days") == [(stored,)]
    assert server.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_disk_that_is_full_at_the_first_start_is_one_line(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))"
    begin = f"{limit}; from server.cli import main; main()"
    for command in ("migrate", "serve"):
        refused = subprocess.run(
            [sys.executable, "-c", begin, command],
            env=environment(tmp_path / "data"),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert refused.returncode == 1
        assert one_line(refused).removeprefix("intrvu: ").partition(" (")[0] in {IO_ERROR, FULL}

    assert intrvu(tmp_path / "data", "migrate").returncode == 0, "nothing of the failed start is in the way"


# ---- read-only


def migrated(data: Path, template: Path) -> Path:
    """A folder with an empty database of this version."""
    data.mkdir()
    return Path(shutil.copy(template, data / "intrvu.db"))


def dumped(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as raw:
        return list(raw.iterdump())


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that an unprivileged user may reach: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="intrvu-read-only-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


UNPRIVILEGED = """
import os, sys
import persistence.migrations, persistence.sqlite, server.serving, server.settings, server.storage
from server.cli import main
if os.geteuid() == 0:  # root may write to everything; nobody may not read a Python below /root, so load it before
    os.setgid(65534)
    os.setuid(65534)
folder = sys.argv.pop()
try:
    open(os.path.join(folder, "proof"), "w").close()
except PermissionError:
    sys.stderr.write("the fault is real\\n")
main()
"""


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_a_read_only_data_folder_is_one_line_with_the_remedy_and_is_left_as_it_is(
    elsewhere, sqlite_template, command, what
):
    data = elsewhere / "data"
    migrated(data, sqlite_template)
    stored = (data / "intrvu.db").read_bytes()
    (data / "intrvu.db").chmod(0o444)
    data.chmod(0o555 if what == "the folder" else 0o777)
    try:
        refused = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, command, str(data)],
            env=environment(data),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        data.chmod(0o755)

    assert refused.returncode == 1
    assert ("the fault is real" in refused.stderr) == (what == "the folder")
    assert (
        one_line(refused)
        == {
            "the folder": f"intrvu: {data} cannot be written (Permission denied): "
            "set INTRVU_DATA_DIR to a folder this user may write to.",
            "the file": f"intrvu: {data / 'intrvu.db'} cannot be written: give this user write access to it.",
        }[what]
    )
    assert (data / "intrvu.db").read_bytes() == stored


def _immutable(folder: Path, switch: str) -> bool:
    # Not the -shm file: SQLite maps it, and the kernel answers a write to an immutable mapping with SIGBUS.
    files = [str(folder / name) for name in ("intrvu.db", "intrvu.db-wal")]
    if shutil.which("chattr") is None:
        return False
    return subprocess.run(["chattr", switch, *files], capture_output=True, check=False).returncode == 0


async def test_a_folder_that_becomes_read_only_under_a_running_server_refuses_writes_and_reads_on(serve):
    server = serve()
    token = server.token("alice")
    async with over_http(server, token) as http:
        challenge = await generate(http, "MULTIPLE_CHOICE", "DATABASES")
    if not _immutable(server.data_dir, "+i"):
        pytest.skip("files cannot be made immutable here: chattr needs root and a file system that knows it")
    try:
        with pytest.raises(OSError, match=r"not permitted|denied"):
            (server.data_dir / "intrvu.db").open("r+b")
        given = {"challengeId": challenge["id"], "answer": {"optionId": "a"}}
        refused = await post(server, token, EVALUATE, {"input": given})
        history = (await post(server, token, HISTORY)).json()["data"]["history"]
    finally:
        assert _immutable(server.data_dir, "-i")
    assert storage_fault(refused, {"evaluateAnswer": None}) in {IO_ERROR, READ_ONLY}
    assert [node["id"] for node in history["nodes"]] == [challenge["id"]]
    assert server.rows("SELECT count(*) FROM evaluations") == [(0,)]

    async with over_http(server, token) as http:  # the same process, once it may write again
        evaluation = await hand_in(http, challenge, {"optionId": "a"}, wait=True)
        assert evaluation["status"] == "COMPLETED"
        assert (await run(http, QUOTA))["quota"]["used"] == 1
    server.stop()
    no_traceback(server)


# ---- half-migrated


ALL = (
    "stock_servings",
    "stock_leases",
    "stocked_challenges",
    "bank_draws",
    "criterion_judgements",
    "dimension_scores",
    "evaluation_events",
    "idempotency_keys",
    "quota_days",
    "quota_ledger",
    "evaluations",
    "challenges",
    "users",
)
LACKING = (
    f"The database is half-migrated: it says version {HEAD} and lacks {{}}. "
    "Restore a backup, or move it away to begin with an empty one."
)
VERSIONLESS = (
    "The database is half-migrated, or another program's: it has tables and no version. "
    "Restore a backup, or set DATABASE_URL to an empty one."
)
UNKNOWN = {
    "serve": f"The database is at version cafe, and this server needs {HEAD}: it does not know that one: update the "
    "server, or restore a backup of the database.",
    "migrate": f"The database is at a version that this program, at {HEAD}, does not know: update it, or restore a "
    "backup of the database.",
}
DAMAGES = {
    "a table is missing": (["DROP TABLE bank_draws"], LACKING.format("bank_draws")),
    "every table is missing": ([f"DROP TABLE {table}" for table in ALL], LACKING.format(", ".join(sorted(ALL)))),
    "the version is missing": (["DELETE FROM alembic_version"], VERSIONLESS),
    "the version's table is missing": (["DROP TABLE alembic_version"], VERSIONLESS),
    "the version is unknown": (["UPDATE alembic_version SET version_num = 'cafe'"], UNKNOWN),
}


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_half_migrated_database_is_one_line_with_the_remedy_and_is_left_as_it_is(
    tmp_path, sqlite_template, damage, command
):
    statements, line = DAMAGES[damage]
    file = migrated(tmp_path / "data", sqlite_template)
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)
    before = dumped(file)

    refused = intrvu(tmp_path / "data", command)

    assert refused.returncode == 1
    assert one_line(refused) == f"intrvu: {line if isinstance(line, str) else line[command]}"
    assert dumped(file) == before


KILLED_WHILE_MIGRATING = """
import os, signal
from sqlalchemy import Engine, event
from server.cli import main

def die(_connection, _cursor, statement, *_):
    if "CREATE TABLE quota_days" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", die)
main()
"""


def test_a_crash_in_the_middle_of_a_migration_leaves_nothing_half_done(tmp_path):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_MIGRATING, "migrate"],
        env=environment(tmp_path / "data"),
        cwd=PROJECT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert dumped(tmp_path / "data" / "intrvu.db") == ["BEGIN TRANSACTION;", "COMMIT;"]

    assert intrvu(tmp_path / "data", "migrate").returncode == 0
    assert any("quota_days" in line for line in dumped(tmp_path / "data" / "intrvu.db"))
