"""The measurements of a cold start; runs in a contestant's interpreter with only the contestant's path.

Usage: `python -S -s -P fresh.py TASK`. The request is read from standard input and the answer written to standard
output, both with `marshal`. JSON would import modules before the contestant's clock starts. For the same reason this
file imports only modules that every interpreter has loaded already.
"""

import marshal
import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:  # avoids importing typing
    from typing import Any

HANDLER = "lambdas.benchmark.handler"
"""The module of a contestant's handler, named as a deployed function's."""


class BenchmarkContext:
    """Lambda's context, as far as handlers use it."""

    function_name = "taly-benchmark"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:taly-benchmark"
    aws_request_id = "5d7c0d0e-3f0a-4b52-9d0c-7a1f4c2e8d31"
    log_group_name = "/aws/lambda/taly-benchmark"
    log_stream_name = "2026/04/14/[$LATEST]0"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def cold(request: "Any") -> "Any":
    """Import, initialise and run the first batch; returns begin, end and peak memory.

    Times are seconds of the system-wide clock, so that the parent can add the time since it started the process.
    """
    sys.stdout = open(request["log"], "w", buffering=1)  # noqa: PTH123, SIM115 pathlib would be imported; the process ends
    began = monotonic()
    answer = __import__(HANDLER, fromlist=["handler"]).handler(request["event"], BenchmarkContext())
    return {"began": began, "ended": monotonic(), "peak_bytes": _peak_bytes(), "answer": answer}


def modules(request: "Any") -> "Any":
    """The modules that a handler imports beyond pydantic's."""
    from pydantic import BaseModel  # noqa: F401, PLC0415 what is not counted

    before = set(sys.modules)
    __import__(request["module"])
    return sorted(set(sys.modules) - before)


def _peak_bytes() -> int:
    """The peak resident memory.

    Linux's `ru_maxrss` is no use: a child starts with its parent's value. `VmHWM` restarts at exec.
    """
    try:
        with open("/proc/self/status") as status:  # noqa: PTH123 pathlib would be imported
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except OSError:
        import resource  # noqa: PLC0415 not where there is /proc

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    out = sys.stdout.buffer
    task = {"cold": cold, "modules": modules}[sys.argv[1]]
    marshal.dump(task(marshal.load(sys.stdin.buffer)), out)  # noqa: S302 our own parent's
