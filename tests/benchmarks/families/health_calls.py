"""Calls to AWS that healthy calls of another system cost, recorded as botocore would send them.

Target: one write in 30 seconds and ten calls at most, and no read.
"""

from collections.abc import Iterable

from tests.benchmarks.bench import Bench
from tests.benchmarks.healthy_calls import TRAFFICS, run
from tests.benchmarks.row import Goal, Row


def health_calls(bench: Bench) -> Iterable[Row]:  # noqa: ARG001 nothing is built or timed
    """The calls to the table about health, by how many calls of the CRM succeeded in which time."""
    for traffic in TRAFFICS:
        aws = run(traffic)
        yield Row(
            name=f"health_calls({traffic.calls:,} in {traffic.seconds / 60:g} min)",
            value=len(aws.calls),
            unit="calls to AWS",
            goal=Goal(target=sum(traffic.expected.values())),
            details={api: {"calls": calls, "bytes": size} for api, (calls, size) in aws.counted().items()},
        )
