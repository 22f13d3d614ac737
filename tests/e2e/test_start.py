"""What a start waits for, and what it leaves until the server is ready."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PROJECT, environment
from tests.e2e.test_process import intrvu

LATER = {
    "cryptography",
    "jose",
    "openai",
    "anthropic",
    "pydantic",
    "Stemmer",
    "sentencex",
    "langgraph",
    "langsmith",
    "alembic",
    "sqlmodel",
}
STARTED = """
import asyncio, json, sys
from server.app import create_app
from server.settings import Settings

async def main():
    steps, told = asyncio.Queue(), asyncio.Queue()
    app = asyncio.create_task(create_app(Settings.read())({"type": "lifespan", "state": {}}, steps.get, told.put))
    await steps.put({"type": "lifespan.startup"})
    answer = await told.get()
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    if answer["type"] == "lifespan.startup.complete":
        await steps.put({"type": "lifespan.shutdown"})
        await app
    else:
        await asyncio.gather(app, return_exceptions=True)
    print(json.dumps([answer.get("message"), loaded]))

asyncio.run(main())
"""


def start(data_dir: Path, **settings: str) -> tuple[str | None, set[str]]:
    """Why the server did not start, if it did not; and the top-level modules that it had loaded by then."""
    ended = subprocess.run(
        [sys.executable, "-c", STARTED],
        env=environment(data_dir, **settings),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    message, loaded = json.loads(ended.stdout)
    return message, set(loaded)


def test_a_start_over_a_folder_in_use_loads_only_what_answers_ready(tmp_path: Path):
    start(tmp_path / "data")

    message, loaded = start(tmp_path / "data")

    assert message is None
    assert loaded & LATER == set()


@pytest.mark.parametrize(
    ("pem", "told"),
    [
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "JWT_KEY is not a public key in PEM form"),
        ("-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----", "JWT_KEY is not a public key in PEM form"),
    ],
)
def test_a_key_that_cannot_be_used_keeps_the_server_from_starting(tmp_path: Path, pem: str, told: str):
    message, _ = start(tmp_path / "data", JWT_KEY=pem)

    assert message is not None
    assert message.startswith(told)


def test_a_damaged_development_key_keeps_the_server_from_starting(tmp_path: Path):
    start(tmp_path / "data")
    key = tmp_path / "data" / "development-issuer.pem"
    key.write_text(key.read_text()[:-100])

    message, _ = start(tmp_path / "data")

    assert message is not None
    assert "is damaged: delete the file and start again" in message


def test_a_server_that_cannot_load_cryptography_stops_though_it_starts_without(tmp_path: Path):
    assert intrvu(tmp_path / "data", "token", "--user", "alice").returncode == 0
    broken = tmp_path / "broken" / "cryptography"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libssl is not there')")

    seen = intrvu(tmp_path / "data", "serve", PYTHONPATH=f"{broken.parent}:{PROJECT}")

    assert seen.returncode == 1
    assert '"event":"warm_up_fault"' in seen.stderr
    assert "ImportError" in seen.stderr.splitlines()[-1]
