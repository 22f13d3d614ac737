"""`python -m tests.interviewer --port 4010 --latency 3 9`: the provider as a process, until it is interrupted."""

import argparse
import asyncio
from random import Random

from tests.interviewer.faults import Seeded, never
from tests.interviewer.server import Interviewer


async def _serve(port: int, latency: tuple[float, float], faults: float) -> None:
    random = Random()
    plan = Seeded(random, share=faults, most=-1) if faults else never
    provider = Interviewer(latency=lambda: random.uniform(*latency), plan=plan)
    await provider.start(port)
    print(f"http://127.0.0.1:{provider.port}", flush=True)  # noqa: T201 - whoever started it wants to know
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, nargs=2, default=(0.0, 0.0), metavar=("LEAST", "MOST"))
    parser.add_argument("--faults", type=float, default=0.0, help="the share of requests that fail, 0 to 1")
    asked = parser.parse_args()
    asyncio.run(_serve(asked.port, tuple(asked.latency), asked.faults))
