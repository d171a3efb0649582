"""Fuzzes every parser, or those that are named: `python -m tests.fuzz FACTOR [NAME …]`.

Each gets its ordinary number of executions times the factor. One line of JSON tells of each. To be
the same in each run it needs PYTHONHASHSEED=0: parsers ask sets, and their order counts as a way.
"""

import json
import sys
import time

from tests.fuzz.engine import fuzz, smaller
from tests.fuzz.targets import TARGETS


def main(factor: str, *chosen: str) -> None:
    for name in chosen or TARGETS:
        target, started = TARGETS[name], time.process_time()
        outcome = fuzz(target, int(target.runs * float(factor)))
        line = {
            "parser": name,
            "executions": outcome.executions,
            "per_second": round(outcome.executions / (time.process_time() - started)),
            "edges": outcome.edges,
            "seeds": len(set(target.seeds)),
            "kept": outcome.kept,
            "found": [f"{each.error}: {smaller(target, each)!r}" for each in outcome.found],
        }
        print(json.dumps(line), flush=True)  # noqa: T201 - what the caller reads


main(*sys.argv[1:])
