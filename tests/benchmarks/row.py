"""One row of the table: a measurement and its target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Goal:
    """The target of a row."""

    target: float
    stretch: float | None = None
    at_least: bool = False
    """Whether higher values are better."""

    def met_by(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value >= self.target if self.at_least else value <= self.target


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row. The `name` is the family's, with a variant in parentheses."""

    name: str
    value: float | None
    """None if it could not be measured here; `note` says why."""

    unit: str
    spread: tuple[float, float] | None = None
    """The quartiles; None for a deterministic value."""

    goal: Goal | None = None
    others: Mapping[str, float] = field(default_factory=dict)
    """The values of other contestants by name."""

    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Details for `bench.json` only, for which the table has no room."""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target or a value."""
        return None if self.goal is None or self.value is None else self.goal.met_by(self.value)

    def to_json(self) -> dict[str, Any]:
        """The row as in `bench.json`."""
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
