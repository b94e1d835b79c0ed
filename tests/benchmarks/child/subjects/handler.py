"""A whole batch in the contestant's handler."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from fresh import HANDLER, BenchmarkContext  # type: ignore[import-not-found]  # it is on the path where this runs


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    handle, event, context = import_module(HANDLER).handler, subject["event"], BenchmarkContext()

    def work() -> None:
        if handle(event, context) != {"batchItemFailures": []}:
            sys.exit("the contestant's handler failed a record: test_contestants.py shows its log")

    return work
