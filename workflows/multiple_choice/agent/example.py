"""One question as it should be: small models follow an example better than a rule. A test holds it to all rules."""

from collections.abc import Mapping
from typing import Any, Final

EXAMPLE: Final[Mapping[str, Any]] = {
    "topic": "capacity planning",
    "stem": (
        "A service answers 1,200 requests a second. Each held a database connection for 25 ms, until yesterday's "
        "release began to call a partner's API inside the transaction, which takes 60 ms more. The pool has 40 "
        "connections, and requests now wait for one although the database is nearly idle.\n\n"
        "With a pool that is large enough, how many connections would be busy on average?"
    ),
    "correct": "About 102",
    "distractors": [
        {
            "misconception": (
                "Believes that a connection is busy only while the database works; in fact it is held until the "
                "transaction ends, through the partner's 60 ms too."
            ),
            "text": "About 30",
        },
        {
            "misconception": (
                "Believes that the new call takes the place of the old work; in fact its 60 ms come on top of 25 ms."
            ),
            "text": "About 72",
        },
        {
            "misconception": (
                "Believes that the pool's size says how many are needed; in fact it only limits how many are lent."
            ),
            "text": "About 40",
        },
    ],
    "explanation": (
        "By Little's law the number in use is the arrival rate times the time that each is held: 1,200 a second "
        "× 0.085 s = 102. Calling the partner after the commit would bring it back to 1,200 × 0.025 = 30, which 40 "
        "connections carry."
    ),
    "title": "A partner's API inside the transaction",
    "tags": ["connection-pool", "latency", "littles-law"],
    "suggested_minutes": 3,
}
