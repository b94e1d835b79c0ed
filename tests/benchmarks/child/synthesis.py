"""Runs in a fresh interpreter of the checkout's environment: synthesizes stage `dev` twice, and says what each took.

Usage: `python synthesis.py ROOT`; one JSON object of seconds goes to standard output. The layers are stubs: what is
timed is the CDK and the stacks.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter


def main() -> dict[str, float]:
    """Import, the first app, the second."""
    started = perf_counter()
    import aws_cdk  # noqa: F401, PLC0415 what it takes is told apart

    imported = perf_counter()
    from tests.infrastructure.deployment import synthesize  # noqa: PLC0415 likewise

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
