"""Repeated measurements in a contestant's warm interpreter: times its work on request, or marks it for callgrind.

Usage: `python -S -s -P loops.py`, with this folder and `subjects` last on the path. Requests are read from standard
input and each answer is written to standard output, with `marshal`. A subject is a kind of work, named by its module in
`subjects`, with its messages; it is created at its first request and kept.
"""

import gc
import marshal
import os
import sys
from collections.abc import Callable
from importlib import import_module
from time import process_time
from typing import Any

Work = Callable[[], object]


def _work(known: dict[str, Work], request: Any) -> Work:
    if request["name"] not in known:
        known[request["name"]] = import_module(request["kind"]).make(request["subject"])
        known[request["name"]]()
    return known[request["name"]]


def timed(known: dict[str, Work], request: Any) -> Any:
    """Seconds of processor time for one run, averaged over as many runs as fill the requested time.

    Processor time is used since this work never waits: other load on the machine matters less.
    """
    work = _work(known, request)
    repeats = request["repeats"] or max(1, round(request["seconds"] / _seconds(work, 3)))
    gc.collect()
    gc.freeze()  # each round starts without garbage; the collector stays on, as in Lambda
    return {"seconds": _seconds(work, repeats), "repeats": repeats}


def _seconds(work: Work, repeats: int) -> float:
    started = process_time()
    for _ in range(repeats):
        work()
    return max(process_time() - started, 1e-9) / repeats


def counted(known: dict[str, Work], request: Any) -> Any:
    """Run a subject between two marks: callgrind dumps its count at each call of `getppid`."""
    work = _work(known, request)
    work()
    gc.collect()
    gc.freeze()
    os.getppid()
    for _ in range(request["repeats"]):
        work()
    os.getppid()
    return {}


if __name__ == "__main__":
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = open(os.devnull, "w", buffering=1)  # noqa: PTH123, SIM115 line-buffered as in Lambda, and discarded
    subjects: dict[str, Work] = {}
    while True:
        try:
            request = marshal.load(requests)  # noqa: S302 our own parent's
        except EOFError:
            break
        marshal.dump({"timed": timed, "counted": counted}[request["task"]](subjects, request), answers)
        answers.flush()
