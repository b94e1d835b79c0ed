"""Runs in a contestant's own interpreter, with its path and nothing else: what a cold start is made of.

Usage: `python -S -s -P fresh.py TASK`; the request comes by standard input, the answer goes to standard output, both
by `marshal`: reading the request as JSON would import for the contestant, before its clock starts, what it would
import itself. For the same reason nothing is imported here but what every interpreter has already.
"""

import marshal
import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing would be imported
    from typing import Any

HANDLER = "lambdas.benchmark.handler"
"""Where a contestant's handler lies: as a deployed function's."""


class Context:
    """Lambda's, as far as a handler may look at it."""

    function_name = "taly-benchmark"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:taly-benchmark"
    aws_request_id = "5d7c0d0e-3f0a-4b52-9d0c-7a1f4c2e8d31"
    log_group_name = "/aws/lambda/taly-benchmark"
    log_stream_name = "2026/04/14/[$LATEST]0"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def cold(request: "Any") -> "Any":
    """Import, init, the first batch: when it began and ended, and the most memory until then.

    By the system-wide clock, in seconds, so that the parent knows how long it took from its own start on.
    """
    sys.stdout = open(request["log"], "w", buffering=1)  # noqa: PTH123, SIM115 pathlib would be imported; the process ends
    began = monotonic()
    answer = __import__(HANDLER, fromlist=["handler"]).handler(request["event"], Context())
    return {"began": began, "ended": monotonic(), "peak_bytes": _peak_bytes(), "answer": answer}


def modules(request: "Any") -> "Any":
    """Which modules a handler imports beyond those that come with pydantic."""
    from pydantic import BaseModel  # noqa: F401, PLC0415 what is not counted

    before = set(sys.modules)
    __import__(request["module"])
    return sorted(set(sys.modules) - before)


def _peak_bytes() -> int:
    """The most memory that was resident.

    Linux's `ru_maxrss` is not it: a child begins with its parent's. `VmHWM` begins anew at exec.
    """
    try:
        with open("/proc/self/status") as status:  # noqa: PTH123 likewise
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except OSError:
        import resource  # noqa: PLC0415 not where there is /proc

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    out = sys.stdout.buffer
    task = {"cold": cold, "modules": modules}[sys.argv[1]]
    marshal.dump(task(marshal.load(sys.stdin.buffer)), out)  # noqa: S302 our own parent's
