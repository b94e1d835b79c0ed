"""Runs in a contestant's own interpreter, warm: times its work again and again when asked, or marks it for callgrind.

Usage: `python -S -s -P loops.py`, with this folder and `subjects` last on the path; requests come by standard input,
one answer each goes to standard output, by `marshal`. A subject is a kind of work, named by its module in `subjects`,
with its messages; it is made at its first request and then kept.
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
    """Seconds of processor time for one run: of as many as fill the time that was asked for.

    Processor time, as this work waits for nothing: what others do on the machine then counts less.
    """
    work = _work(known, request)
    repeats = request["repeats"] or max(1, round(request["seconds"] / _seconds(work, 3)))
    gc.collect()
    gc.freeze()  # every round begins with nothing to collect; the collector itself stays on, as in Lambda
    return {"seconds": _seconds(work, repeats), "repeats": repeats}


def _seconds(work: Work, repeats: int) -> float:
    started = process_time()
    for _ in range(repeats):
        work()
    return max(process_time() - started, 1e-9) / repeats


def counted(known: dict[str, Work], request: Any) -> Any:
    """Run a subject between two marks: callgrind is told to write its count down at each call of `getppid`."""
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
    sys.stdout = open(os.devnull, "w", buffering=1)  # noqa: PTH123, SIM115 each line goes out, as in Lambda; to nowhere
    made: dict[str, Work] = {}
    while True:
        try:
            asked = marshal.load(requests)  # noqa: S302 our own parent's
        except EOFError:
            break
        marshal.dump({"timed": timed, "counted": counted}[asked["task"]](made, asked), answers)
        answers.flush()
