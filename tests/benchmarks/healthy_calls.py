"""Calls of a healthy CRM in one process, and what the table is told about them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.crm import Crm
from lambdas.common.runtime import Runtime
from schemas.destinations import Destination
from schemas.environment import FunctionEnvironment
from tests.benchmarks.child.fresh import BenchmarkContext
from tests.benchmarks.contestants import ENVIRONMENT
from tests.benchmarks.recorded_aws import RecordedAws
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.service import Clock


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls at a standing rate, each of which succeeds."""

    calls: int
    a_second: float
    expected: Mapping[str, int]
    """The number of calls to AWS by API; all other APIs are not called."""

    @property
    def seconds(self) -> float:
        """How long they take."""
        return self.calls / self.a_second


_NOTE = "dynamodb:UpdateItem"

TRAFFICS = (
    Traffic(9, 1, {}),
    Traffic(600, 10, {_NOTE: 2}),
    Traffic(6000, 10, {_NOTE: 20}),
    Traffic(600, 1 / 60, {_NOTE: 60}),
)
"""A new process; a minute and ten minutes of a busy one; ten hours of a quiet one."""


def run(traffic: Traffic) -> RecordedAws:
    """Make the calls with real AWS clients; returns their recorded calls."""
    aws, clock = RecordedAws(), Clock()
    runtime = Runtime(
        environment=FunctionEnvironment.from_variables(ENVIRONMENT),
        client=aws.client,
        now=clock.now,
        sleep=clock.sleep,
        jitter=random.Random(0).random,  # noqa: S311 waits, always the same
        write=lambda _line: None,
    )
    http: Any = FakeCrmHttp(lambda _method, _url: answer(200, {"status": "open"}))
    crm = Crm(
        "https://crm.test",
        http=http,
        read_token=lambda: "t",
        seconds=runtime.budget.seconds,
        now=clock.now,
        circuit=runtime.capability(Circuits)[Destination.CRM],
    )
    for _ in range(traffic.calls):
        runtime.budget.begin(BenchmarkContext(), 1)
        crm.payment("in_1")
        clock.sleep(1 / traffic.a_second)
    return aws
