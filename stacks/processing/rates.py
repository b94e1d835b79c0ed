"""Batch size and concurrency of functions, from the rate of the called system and the stage's concurrency."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Context
from math import ceil, floor
from typing import Any, NamedTuple

from schemas.event_type import EventType, Needs
from schemas.names import QUEUE_PROCESSOR
from stacks.errors import CannotSynthesizeError
from stacks.stage import Stage

LEAST_CONCURRENCY = 2
"""The smallest maximum concurrency of an event source (CloudFormation, ScalingConfig: MaximumConcurrency)."""

LONGEST_BATCH = 10.0
"""Seconds that a full batch may take at its function's pace: what is left of a longer one would be deferred."""

INGRESS_CONCURRENCY = 50
"""Maximum concurrency of the ingress function."""

_INGRESS_BATCH = 10

NOTIFIER_CONCURRENCY = 1
"""The Slack notifier runs once a minute, and each run ends before the next one starts."""

_SHORT = Context(prec=4, rounding=ROUND_FLOOR)


class Scaling(NamedTuple):
    """A function's batch size, maximum concurrency, and the rate of the system that it calls."""

    batch_size: int
    max_concurrency: int
    rate: float = 0.0
    """Calls a second that the called system takes; 0: no rate is declared."""

    @property
    def pace(self) -> float:
        """The share of one process in the rate, in calls a second."""
        return self.rate / self.max_concurrency

    @property
    def environment(self) -> dict[str, str]:
        """The fields of `FunctionEnvironment` about the rate: of four digits, and no more than it."""
        fields = {"rate": self.rate, "pace": self.pace}
        return {
            name: f"{_SHORT.create_decimal_from_float(each).normalize():f}" for name, each in fields.items() if each
        }


class _Calls(NamedTuple):
    """The calls that a function makes."""

    rate: float
    """Calls a second that the called system takes."""

    seconds: float
    """Assumed duration of one call. More would cost refused calls: each process learns a lower rate by itself."""


def scalings(catalogue: Sequence[EventType[Any]], stage: Stage) -> Mapping[str, Scaling]:
    """Return the scaling of each function with a queue, by type or `QUEUE_PROCESSOR`.

    Together with the notifier, the functions never run more often at once than the stage's `concurrency`.

    Raises:
        CannotSynthesizeError: `concurrency` is less than all functions need at least.
    """
    wanted = {event_type.name: _wanted(event_type, stage) for event_type in catalogue}
    wanted = {QUEUE_PROCESSOR: stage.capped_concurrency(INGRESS_CONCURRENCY)} | wanted
    if stage.concurrency is not None:
        wanted = shares(wanted, stage.concurrency, stage.name)
    consumers = {each.name: scaling(each, stage, concurrency=wanted[each.name]) for each in catalogue}
    return {QUEUE_PROCESSOR: Scaling(_INGRESS_BATCH, wanted[QUEUE_PROCESSOR])} | consumers


def shares(wanted: Mapping[str, int], concurrency: int, stage: str) -> dict[str, int]:
    """Divide a stage's concurrency among its functions: none gets more than it wants, each the least at least.

    What is left beyond the least is divided in proportion to what each wants beyond it; the remainder goes to the
    largest fractions, of equal ones to the first.

    Args:
        wanted: the maximum concurrency that each function would have without a limit.
        concurrency: the stage's, with the notifier's.
        stage: the stage's name.

    Raises:
        CannotSynthesizeError: there is less than all functions need at least.
    """
    least = LEAST_CONCURRENCY * len(wanted)
    spare = concurrency - NOTIFIER_CONCURRENCY - least
    if spare < 0:
        raise CannotSynthesizeError(
            f"concurrency {concurrency} of stage {stage} is too low: each of its {len(wanted)} functions with a queue "
            f"needs {LEAST_CONCURRENCY} (Lambda allows no less), and the notifier {NOTIFIER_CONCURRENCY}. Set at least "
            f"{least + NOTIFIER_CONCURRENCY}, or null for no limit; an account with less first needs a higher quota"
        )
    beyond = {name: most - LEAST_CONCURRENCY for name, most in wanted.items()}
    total = sum(beyond.values())
    if spare >= total:
        return dict(wanted)
    extra = {name: most * spare // total for name, most in beyond.items()}
    by_fraction = sorted(beyond, key=lambda name: -(beyond[name] * spare % total))
    for name in by_fraction[: spare - sum(extra.values())]:
        extra[name] += 1
    return {name: LEAST_CONCURRENCY + more for name, more in extra.items()}


def scaling(event_type: EventType[Any], stage: Stage, *, concurrency: int) -> Scaling:
    """Return the scaling of a type's function: the type's own figures, or what the rate leaves of them.

    The batch size is what fits into `LONGEST_BATCH` and the function's timeout at its pace.

    Args:
        event_type: the type.
        stage: the stage.
        concurrency: the function's maximum concurrency.
    """
    calls = list(_calls(event_type, stage))
    if not calls:
        return Scaling(event_type.batch_size, concurrency)
    wanted = Scaling(event_type.batch_size, concurrency, min(each.rate for each in calls))
    longest = min(LONGEST_BATCH, stage.timeout(event_type.timeout))
    return wanted._replace(batch_size=max(1, min(event_type.batch_size, floor(longest * wanted.pace))))


def _wanted(event_type: EventType[Any], stage: Stage) -> int:
    """Return the maximum concurrency that the rate of the called system keeps busy, the type's own at most.

    A type that calls customers' endpoints keeps its own, as these take most of its time.
    """
    own = stage.capped_concurrency(event_type.max_concurrency)
    calls = list(_calls(event_type, stage))
    if not calls or Needs.WEBHOOKS in event_type.needs:
        return own
    busy = min(ceil(round(each.rate * each.seconds, 6)) for each in calls)
    return min(own, max(LEAST_CONCURRENCY, busy))


def _calls(event_type: EventType[Any], stage: Stage) -> Iterator[_Calls]:
    by_need = {
        Needs.EMAIL: _Calls(stage.mail_rate, seconds=0.2),
        Needs.SMS: _Calls(stage.text_rate, seconds=0.2),
        Needs.CRM: _Calls(stage.crm_rate, seconds=0.1),
    }
    return (calls for need, calls in by_need.items() if need in event_type.needs)
