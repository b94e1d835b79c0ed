"""Run a scenario and take its figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from ops.cost import prices
from schemas.event_type import EventType
from schemas.webhooks import WEBHOOK_ENDPOINT_DISABLED, WEBHOOK_ENDPOINT_FAILING
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scenarios.scenario import Scenario
from tests.simulation.stage.behaviours import ReplyKind
from tests.simulation.stage.functions import INVOCATION, RECORD
from tests.simulation.stage.sides import Side
from tests.simulation.stage.system import USUAL, System

_MEMORY_GB = 0.25


class Waits(NamedTuple):
    """Seconds from a message's arrival to its end, or from the recovery for those that came before it."""

    median: float
    longest: float

    @classmethod
    def of(cls, ends: Iterable[tuple[float, float]], recovers: float) -> "Waits":
        """Take them of the times at which each message arrived and ended; of those that waited for the recovery alone.

        Args:
            ends: both times, in seconds.
            recovers: when the other side was well again; 0 where it never was, or always.
        """
        waits = [
            ended - max(arrived, recovers)
            for arrived, ended in ends
            if not recovers or (arrived <= recovers and ended > recovers)
        ]
        return cls(median(waits), max(waits)) if waits else cls(0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of a scenario."""

    accepted: int
    done: int
    dead: dict[str, int]
    """Dead letters by reason."""

    skipped: int
    unfinished: int
    """Messages that came to no end in the time of the scenario."""

    attempts: int
    """Attempts that were spent, each by a failure."""

    calls: int
    """Calls that the side in trouble got, with those that botocore made again."""

    refused: int
    """Calls that were not served."""

    invocations: int
    dollars: float
    drain: float
    """Seconds from the recovery until all is done that was accepted before it."""

    ideal: float
    """Seconds in which that could be done at best."""

    doubled: int
    """Mails and texts that were sent once more."""

    most_runs: int
    """Runs of the message that ran most often, those that deferred it left out."""

    waits: Waits
    """The waits of the messages that were done."""

    informed: tuple[float, ...]
    """When `webhook.endpoint_failing` was published, in seconds after the first call that was not served."""

    disabled: tuple[float, ...]
    """When `webhook.endpoint_disabled` was published, in the same way."""

    seconds: float = field(compare=False)
    """Processor time of the simulation."""

    @property
    def refused_share(self) -> float:
        """The share of the calls that were not served."""
        return self.refused / self.calls if self.calls else 0.0


@cache
def figures_of(name: str) -> Figures:
    """The figures of a scenario by its name; it is run once in a process."""
    return run(SCENARIOS[name])[0]


def run(scenario: Scenario, *, seed: int = 1) -> tuple[Figures, System]:
    """Run a scenario; the same seed gives the same figures."""
    began = process_time()
    system = System({scenario.type_name: None}, {scenario.side: scenario.behaviour()}, seed=seed)
    for at, message in scenario.arrivals():
        system.publish(at, message)
    system.run(until=scenario.until)
    return _figures(scenario, system, process_time() - began), system


def _figures(scenario: Scenario, system: System, seconds: float) -> Figures:
    journeys = system.journeys.values()
    outcomes = Counter(journey.outcome for journey in journeys)
    dead = Counter(journey.reason for journey in journeys if journey.outcome == "dead_lettered")
    side = system.sides[scenario.side]
    backlog = [
        each.ended_at
        for each in journeys
        if (each.accepted_at <= scenario.recovers or not scenario.recovers)
        and (each.ended_at is None or each.ended_at > scenario.recovers)
    ]
    last = max((at for at in backlog if at is not None), default=scenario.recovers)
    return Figures(
        accepted=len(journeys),
        done=outcomes["succeeded"],
        dead=dict(dead),
        skipped=outcomes["skipped"],
        unfinished=outcomes[""],
        attempts=sum(each.failures for each in journeys),
        calls=len(side.replies),
        refused=side.refused,
        invocations=sum(function.invocations for function in system.functions.values()),
        dollars=_dollars(system),
        drain=last - scenario.recovers,
        ideal=len(backlog) / _possible_rate(scenario, system),
        doubled=sum(count - 1 for each in ("ses", "sns") for count in system.sides[each].effects.values()),
        most_runs=max(each.runs for each in journeys),
        waits=Waits.of(
            ((each.accepted_at, each.ended_at or 0.0) for each in journeys if each.outcome == "succeeded"),
            scenario.recovers,
        ),
        informed=_published(WEBHOOK_ENDPOINT_FAILING, system, side),
        disabled=_published(WEBHOOK_ENDPOINT_DISABLED, system, side),
        seconds=seconds,
    )


def _published(event_type: EventType[Any], system: System, side: Side) -> tuple[float, ...]:
    """When events of a type were published, in seconds after the first call that the side did not serve."""
    times = system.published.get(event_type.name, ())
    began = next((at for at, kind in side.replies if kind is not ReplyKind.SERVED), 0.0)
    return tuple(at - began for at in times)


def _possible_rate(scenario: Scenario, system: System) -> float:
    """Messages a second at best: the rate of the side, or that of all processes where they are slower."""
    rates = [scenario.rate] if scenario.rate else []
    for function in system.functions.values():
        settings = function.settings
        record = RECORD + INVOCATION / settings.batch_size + USUAL[scenario.side] + 2 * USUAL["table"]
        rates.append(settings.max_concurrency / record)
    return min(rates)


def _dollars(system: System) -> float:
    functions = system.functions.values()
    return (
        sum(function.billed for function in functions) * _MEMORY_GB * prices.LAMBDA_GB_SECOND
        + sum(function.invocations for function in functions) * prices.LAMBDA_REQUEST
        + (sum(function.sqs_requests for function in functions) + len(system.sqs.calls)) * prices.SQS_REQUEST
        + system.table.units * prices.DYNAMODB_WRITE
        + system.events * prices.EVENT
        + system.log_bytes * prices.LOG_BYTE
    )
