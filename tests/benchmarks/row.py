"""One row of the table: what was measured, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a row is to reach."""

    target: float
    stretch: float | None = None
    at_least: bool = False
    """Whether more is better; else less is."""

    def met_by(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value >= self.target if self.at_least else value <= self.target


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row. Its `name` is the family's, with what is special about it in parentheses."""

    name: str
    value: float | None
    """None where it could not be measured here; `note` says why."""

    unit: str
    spread: tuple[float, float] | None = None
    """The quartiles on either side; None for what is the same each time."""

    goal: Goal | None = None
    others: Mapping[str, float] = field(default_factory=dict)
    """The same of other contestants, by their names."""

    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """For `bench.json` alone: what the table has no room for."""

    @property
    def met(self) -> bool | None:
        """Whether its goal is reached; None where there is none, or nothing was measured."""
        return None if self.goal is None or self.value is None else self.goal.met_by(self.value)

    def to_json(self) -> dict[str, Any]:
        """As it stands in `bench.json`."""
        goal = self.goal
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": goal and goal.target,
            "stretch": goal and goal.stretch,
            "at_least": bool(goal and goal.at_least),
            "met": self.met,
            "spread": list(self.spread) if self.spread else None,
            "others": dict(self.others),
            "note": self.note,
            "details": dict(self.details),
        }
