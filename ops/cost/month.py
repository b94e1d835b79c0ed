"""The monthly cost of a stage at a given volume."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.bill import Item, Price
from ops.cost.per_event import UsageCost, entry_point_of
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.catalogue import BY_NAME, CATALOGUE, SYSTEM_TYPES

_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}
_NUMBER = re.compile("([0-9][0-9_]*)([kM]?)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class CostQuery:
    """The input of an estimate."""

    assumed: Assumptions = field(default_factory=Assumptions)
    with_follow_ups: bool = False
    volumes: Mapping[str, float] = field(default_factory=dict)
    """Events a month by type; empty: only prices of a million events."""


@dataclass(frozen=True)
class TypeEstimate:
    """The estimate for one type."""

    type_name: str
    entry_point: EntryPoint
    price: Price
    """Price of one event."""

    unbatched: Price
    """Price of one event if every batch has one message, as at a low rate."""

    volume: float
    """Events a month."""


@dataclass(frozen=True)
class Estimate:
    """The estimate for a stage."""

    query: CostQuery
    rows: Sequence[TypeEstimate]
    fixed: Sequence[Item]

    @property
    def fixed_dollars(self) -> float:
        """Fixed cost, dollars a month."""
        return sum(item.dollars for item in self.fixed)

    @property
    def usage_dollars(self) -> float:
        """Cost of the given volume, dollars a month."""
        return sum(row.price.dollars * row.volume for row in self.rows)

    @property
    def usage_dollars_unbatched(self) -> float:
        """Cost of the given volume with batches of one, dollars a month."""
        return sum(row.unbatched.dollars * row.volume for row in self.rows)


def volumes(texts: Iterable[str]) -> dict[str, float]:
    """Parse volumes to events a month by type.

    Args:
        texts: each `booking.created=500000`, or a number without a type. Such a number is spread evenly over the types
            that services publish, except those with a volume. Numbers may end with k or M.

    Raises:
        OperatorError: a text is neither, or the type is unknown.
    """
    by_type: dict[str, float] = {}
    total = 0
    for text in texts:
        type_name, separator, number = text.rpartition("=")
        if not separator:
            total += _number(number, text)
        elif type_name in BY_NAME:
            by_type[type_name] = by_type.get(type_name, 0) + _number(number, text)
        else:
            raise OperatorError(f"there is no type {printable(type_name)!r}: give one of {', '.join(BY_NAME)}")
    published = [each.name for each in CATALOGUE if each.sent_by and each.name not in SYSTEM_TYPES]
    spread = [name for name in published if name not in by_type]
    if total and not spread:
        raise OperatorError("all types that services publish are named: there is none over which the rest is spread")
    return by_type | ({name: total / len(spread) for name in spread} if total else {})


def estimated(query: CostQuery, usage: UsageCost, *, fixed: Sequence[Item]) -> Estimate:
    """Estimate the price of each type and the month at the query's volumes."""
    unbatched = usage.unbatched()
    rows = [
        TypeEstimate(
            each.name,
            entry_point_of(each, query.assumed.entry_point),
            usage.of(each),
            unbatched.of(each),
            query.volumes.get(each.name, 0.0),
        )
        for each in CATALOGUE
    ]
    return Estimate(query, rows, fixed)


def _number(text: str, whole: str) -> int:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise OperatorError(
            f"{printable(whole)!r} is no volume: give events a month, such as 1000000 or 1M, "
            "or those of a type, such as booking.created=500k"
        )
    return int(found[1]) * _FACTORS[found[2]]
