"""A month's bill at a given volume."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ops.cost.assumptions import Assumptions, Way
from ops.cost.bill import Item, Price
from ops.cost.per_event import UsageCost, way_in
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.catalogue import BY_NAME, CATALOGUE, SYSTEM_TYPES

_TIMES = {"": 1, "k": 1_000, "M": 1_000_000}
_NUMBER = re.compile("([0-9][0-9_]*)([kM]?)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked."""

    assumed: Assumptions = field(default_factory=Assumptions)
    with_follow_ups: bool = False
    volumes: Mapping[str, float] = field(default_factory=dict)
    """Events a month by type; none: what a million costs alone."""


@dataclass(frozen=True)
class TypeEstimate:
    """What is estimated of one type."""

    type_name: str
    way: Way
    price: Price
    """Of one event."""

    alone: Price
    """Likewise, where all batches have one message, as when little is to do."""

    volume: float
    """Events a month."""


@dataclass(frozen=True)
class Estimate:
    """The answer."""

    question: Question
    rows: Sequence[TypeEstimate]
    fixed: Sequence[Item]
    """Whatever happens."""

    @property
    def fixed_dollars(self) -> float:
        """A month."""
        return sum(item.dollars for item in self.fixed)

    @property
    def usage_dollars(self) -> float:
        """A month at the given volume."""
        return sum(row.price.dollars * row.volume for row in self.rows)

    @property
    def usage_dollars_alone(self) -> float:
        """Likewise, with batches of one."""
        return sum(row.alone.dollars * row.volume for row in self.rows)


def volumes(texts: Iterable[str]) -> dict[str, float]:
    """Events a month by type.

    Args:
        texts: each `booking.created=500000`, or a number alone: it is spread evenly over the types that services
            publish and that are not named. Numbers may end with k or M.

    Raises:
        OperatorError: one is neither, or there is no such type.
    """
    named: dict[str, float] = {}
    in_all = 0
    for text in texts:
        type_name, named_one, number = text.rpartition("=")
        if not named_one:
            in_all += _number(number, text)
        elif type_name in BY_NAME:
            named[type_name] = named.get(type_name, 0) + _number(number, text)
        else:
            raise OperatorError(f"there is no type {printable(type_name)!r}: give one of {', '.join(BY_NAME)}")
    others = [each.name for each in CATALOGUE if each.sent_by and each.name not in SYSTEM_TYPES]
    spread = [name for name in others if name not in named]
    if in_all and not spread:
        raise OperatorError("all types that services publish are named: there is none over which the rest is spread")
    return named | ({name: in_all / len(spread) for name in spread} if in_all else {})


def estimated(question: Question, usage: UsageCost, *, fixed: Sequence[Item]) -> Estimate:
    """What each type costs, and a month at the question's volume."""
    alone = usage.alone()
    rows = [
        TypeEstimate(
            each.name,
            way_in(each, question.assumed.by),
            usage.of(each),
            alone.of(each),
            question.volumes.get(each.name, 0.0),
        )
        for each in CATALOGUE
    ]
    return Estimate(question, rows, fixed)


def _number(text: str, whole: str) -> int:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise OperatorError(
            f"{printable(whole)!r} is no volume: give events a month, such as 1000000 or 1M, "
            "or those of a type, such as booking.created=500k"
        )
    return int(found[1]) * _TIMES[found[2]]
