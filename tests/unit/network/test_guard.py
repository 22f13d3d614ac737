"""The guard that keeps tests on this computer, and the environment that they and their processes run in."""

import asyncio
import os
import socket
import subprocess
import sys
import threading

import pytest

from tests.network import LeavesLoopback, isolated, stays


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", None, "", "0.0.0.0", "::"])
def test_this_computer_is_let_through(host):
    assert stays(host, 80)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "api.openai.com", "localhost.example.org"])
def test_every_other_is_not(host):
    assert not stays(host, 80)


def test_the_walled_up_proxy_is_not():
    assert not stays("127.0.0.1", 9)


def by_name() -> None:
    socket.getaddrinfo("example.org", 443)


def by_address() -> None:
    with socket.socket() as tcp:
        tcp.connect(("192.0.2.1", 443))


def by_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendto(b"secret", ("192.0.2.1", 53))


def without_waiting() -> None:
    with socket.socket() as tcp:
        tcp.connect_ex(("192.0.2.1", 443))


@pytest.mark.parametrize("leave", [by_name, by_address, by_datagram, without_waiting])
def test_sockets_are_refused(refused, leave):
    with pytest.raises(LeavesLoopback):
        leave()

    assert len(refused()) == 1


async def test_streams_of_asyncio_are_refused(refused):
    for host in ("example.org", "192.0.2.1"):
        with pytest.raises(LeavesLoopback):
            await asyncio.open_connection(host, 443)

    assert refused() == ["example.org:443", "192.0.2.1:443"]


def test_threads_are_refused(refused):
    def leave() -> None:
        with pytest.raises(LeavesLoopback):
            by_address()

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()

    assert refused() == ["192.0.2.1:443"]


LEAVING = """
import socket

def test_that_gets_over_it():
    try:
        socket.getaddrinfo("api.openai.com", 443)
    except OSError:
        pass

def test_that_stays():
    socket.getaddrinfo("localhost", 443)
"""


def test_a_test_that_gets_over_the_refusal_fails_all_the_same(tmp_path):
    (tmp_path / "test_leaving.py").write_text(LEAVING)
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_call, pytest_runtest_protocol")

    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "--rootdir",
            tmp_path,
            tmp_path,
        ],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert "1 failed, 1 passed" in ran.stdout
    assert "This test tried to reach api.openai.com:443." in ran.stdout


def test_nobodys_keys_and_addresses_reach_a_test_or_its_processes():
    given = {
        "PATH": "/bin",
        "OPENAI_API_KEY": "k",
        "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
        "LANGSMITH_API_KEY": "k",
        "LANGCHAIN_TRACING_V2": "true",
        "CLERK_SECRET_KEY": "k",
        "JWT_KEY": "k",
        "DATABASE_URL": "postgresql://db.example.org/live",
        "INTRVU_DATA_DIR": "/live",
        "https_proxy": "http://proxy.example.org:3128",
        "no_proxy": "*",
    }

    left = isolated(given)

    assert {name for name in left if not name.lower().endswith("_proxy")} == {"PATH", "INTRVU_ENV_FILE"}
    assert left["INTRVU_ENV_FILE"] == os.devnull
    assert {value for name, value in left.items() if name.lower().endswith("_proxy")} == {
        "http://127.0.0.1:9",
        "localhost,127.0.0.1,::1",
    }


def test_this_very_run_is_isolated():
    assert isolated(os.environ) == dict(os.environ)
