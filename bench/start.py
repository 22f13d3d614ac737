"""From starting the process to a server that is ready, against importing what it is built on and nothing else."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import processes, seed
from bench.report import Figure

ROUNDS = 7
GOAL, GOAL_MIB = 2.5, 75
IMPORTS = "import starlette.applications, strawberry, sqlalchemy"
WORK = f"{IMPORTS}, langgraph.graph, pydantic, jose.jwt"
WEIGH = "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')))"
STEADY_SECONDS = 2


def figures() -> Iterator[Figure]:
    """Let both take turns, compare. The first turn compiles, and does not count."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        seed.people(data_dir, persons=1, challenges=1)
        turns = [(_ready(data_dir), _imported()) for _ in range(ROUNDS + 1)][1:]
        warm = _warm(data_dir)
    ratio = median(ready / imported for (ready, _, _), imported in turns)
    memory, own = (median(seen[place] for seen, _ in turns) for place in (1, 2))
    weight, working_weight = _weight(IMPORTS), _weight(WORK)
    yield Figure(
        "process start to ready; peer: importing starlette, strawberry, sqlalchemy",
        f"{median(ready for (ready, _, _), _ in turns):.2f} s",
        f"{median(imported for _, imported in turns):.2f} s",
        f"{ratio:.1f} ×",
        f"≤ {GOAL} ×",
        ratio <= GOAL,
    )
    yield Figure(
        "memory when it is ready; the same peer",
        f"{memory:.0f} MiB, {own:.0f} of them not shared",
        f"{weight:.0f} MiB",
        f"{memory / weight:.1f} ×",
        f"≤ {GOAL_MIB} MiB",
        memory <= GOAL_MIB,
    )
    yield Figure(
        "memory when it is warm; peer: importing LangGraph, pydantic and python-jose as well",
        f"{warm:.0f} MiB",
        f"{working_weight:.0f} MiB",
        f"{warm / working_weight:.1f} ×",
    )


def _ready(data_dir: Path) -> tuple[float, float, float]:
    """Seconds to ready, and then resident MiB: all of it, and what no other process can share."""
    with processes.intrvu(data_dir) as served:
        return served.seconds_to_ready, served.memory_mib(), served.memory_mib("RssAnon")


def _warm(data_dir: Path) -> float:
    """Resident MiB of a server that has loaded everything: it is warm when it has stopped growing."""
    with processes.intrvu(data_dir) as served:
        seen, since = served.memory_mib(), time.perf_counter()
        while time.perf_counter() - since < STEADY_SECONDS:
            time.sleep(0.1)
            if served.memory_mib() > seen:
                seen, since = served.memory_mib(), time.perf_counter()
        return seen


def _weight(imports: str) -> float:
    """Resident MiB of a Python that has imported these."""
    return int(subprocess.check_output([sys.executable, "-c", f"{imports}; {WEIGH}"], env=_environment())) / 1024


def _imported() -> float:
    began = time.perf_counter()
    processes.run([sys.executable, "-c", IMPORTS], _environment())
    return time.perf_counter() - began


def _environment() -> dict[str, str]:
    return processes.environment(Path())
