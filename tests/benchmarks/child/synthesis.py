"""Synthesizes stage `dev` twice in a fresh interpreter of the checkout's environment, and prints the durations.

Usage: `python synthesis.py ROOT`; prints one JSON object of seconds. The layers are stubs, since only the CDK and the
stacks are timed.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter


def main() -> dict[str, float]:
    """Time the import, the first app and the second app."""
    started = perf_counter()
    import aws_cdk  # noqa: F401, PLC0415 its import is timed

    imported = perf_counter()
    from tests.infrastructure.synthesis import synthesize  # noqa: PLC0415 its import must come after aws_cdk's

    with TemporaryDirectory() as folder:
        begun = perf_counter()
        synthesize(Path(folder) / "first", stage="dev")
        first = perf_counter()
        synthesize(Path(folder) / "second", stage="dev")
        second = perf_counter()
    return {"import": imported - started, "first": first - begun, "second": second - first}


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    answer = main()
    print(json.dumps(answer))  # noqa: T201 the answer
