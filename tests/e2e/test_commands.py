"""Commands that people wait for: what they say, what they leave alone, and what they do not load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from persistence.revisions import HEAD
from tests.e2e.conftest import PROJECT, environment
from tests.e2e.test_process import intrvu

GRAPHS = {"langgraph", "langchain_core", "langsmith"}
GRAPHQL = {"strawberry", "graphql"}
SQL = {"sqlalchemy", "sqlmodel", "alembic", "aiosqlite", "psycopg"}
SERVER = {"uvicorn", "starlette", "prometheus_client"}
SETTINGS = {"pydantic_settings", "dotenv", "cryptography", "jose"}
LISTED = (
    "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(m for m in sys.modules if '.' not in m)))"
)


def loaded_by(data_dir: Path, *arguments: str) -> set[str]:
    """The top-level modules that a command has loaded when it ends."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{LISTED}; from server.cli import main; main()", *arguments],
        env=environment(data_dir),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(ended.stderr.split())
    assert {"server", "typer"} <= modules
    return modules


@pytest.mark.parametrize(
    "command",
    [[], ["serve"], ["token"], ["migrate"], ["doctor"], ["export-schema"]],
    ids=" ".join,
)
def test_help_loads_nothing_but_the_command_line(tmp_path, command):
    assert not loaded_by(tmp_path / "data", *command, "--help") & (GRAPHS | GRAPHQL | SQL | SERVER | SETTINGS)


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
