"""AWS calls of one batch, recorded as botocore would send them: they are most of the bill, and deterministic.

Targets: no calls if nothing fails and nothing follows; ten follow-ups or copies in each call.
"""

import importlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from tests.benchmarks.batches import CASES, Case, run
from tests.benchmarks.bench import Bench
from tests.benchmarks.child.fresh import BenchmarkContext
from tests.benchmarks.contestants import ENVIRONMENT
from tests.benchmarks.messages import batch
from tests.benchmarks.recorded_aws import RecordedAws
from tests.benchmarks.row import Goal, Row


def aws_calls(bench: Bench) -> Iterable[Row]:  # noqa: ARG001 nothing is built or timed
    """The calls of a batch by the outcome of its ten records, and the calls of one job."""
    for case in CASES:
        yield _row(case, _natural_job() if case.is_job else None)


def _row(case: Case, natural: RecordedAws | None) -> Row:
    aws = run(case)
    return Row(
        name=f"aws_calls({case.name})",
        value=len(aws.calls),
        unit="calls a batch",
        goal=Goal(target=sum(case.expected.values())),
        others={"natural": len(natural.calls)} if natural else {},
        details={api: {"calls": calls, "bytes": size} for api, (calls, size) in aws.counted().items()},
        note=_described(aws.counted()) + (f"; natural: {_described(natural.counted())}" if natural else ""),
    )


def _described(counted: Mapping[str, tuple[int, int]]) -> str:
    return ", ".join(f"{calls} {api} of {size // calls:,} bytes" for api, (calls, size) in counted.items())


def _natural_job() -> RecordedAws:
    """The calls of the natural handler's idempotency for one job."""
    aws = RecordedAws()
    with _variables(), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        handler: Any = importlib.import_module("tests.benchmarks.handlers.natural_job")
        aws.listen_to(handler.store.client)
        handler.handler(batch("activity.record", 1), BenchmarkContext())
    return aws


@contextmanager
def _variables() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT, AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")  # noqa: S106 nobody's
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
