"""Server processes for measurements: pinned to a core of their own, watched from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
# Nobody's keys are spent on a measurement.
SETTINGS = ("INTRVU_", "CLERK_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_")
_TICK = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers on a port of 127.0.0.1."""

    pid: int
    port: int
    seconds_to_ready: float

    def memory_mib(self, kind: str = "VmRSS") -> float:
        """Resident memory: VmRSS all of it, RssAnon what no other process can share."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) / 1024
        raise LookupError(kind)

    def cpu_seconds(self) -> float:
        """CPU that it has used, in all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


def pin_load() -> None:
    """Keep this process, the load, off the server's core."""
    os.sched_setaffinity(0, {LOAD_CORE})


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """This environment without anybody's settings, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    for name in ("DATABASE_URL", "JWT_KEY", "HOST", "PORT", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    kept["INTRVU_ENV_FILE"] = os.devnull
    return {**kept, "PYTHONPATH": str(PROJECT), "INTRVU_DATA_DIR": str(data_dir), **settings}


@contextmanager
def intrvu(data_dir: Path, **settings: str) -> Iterator[Served]:
    """`intrvu serve` over that folder."""
    with _serving([sys.executable, "-m", "server"], "/ready", environment(data_dir, **settings)) as served:
        yield served


@contextmanager
def uvicorn(app: str, environ: Mapping[str, str]) -> Iterator[Served]:
    """Any other application, under the same server software with the same options."""
    command = [sys.executable, "-m", "uvicorn", app, "--no-access-log", "--log-level", "error"]
    with _serving(command, "/ready", environ) as served:
        yield served


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a command to its end on the server's core."""
    subprocess.run(command, env=environ, cwd=PROJECT, check=True, preexec_fn=_on_the_servers_core)


@contextmanager
def _serving(command: Sequence[str], path: str, environ: Mapping[str, str]) -> Iterator[Served]:
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        command if "uvicorn" not in command else [*command, "--port", str(port)],
        env={**environ, "PORT": str(port)},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_on_the_servers_core,  # noqa: PLW1509 - as above
    )
    try:
        _wait_until_ready(process, port, path, began + START_SECONDS)
        yield Served(process.pid, port, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _on_the_servers_core() -> None:
    os.sched_setaffinity(0, {SERVER_CORE})


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, path: str, deadline: float) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if b" 200 " in connection.recv(64):
                    return
        except OSError:
            time.sleep(0.002)
    raise TimeoutError(f"not ready after {START_SECONDS} s")
