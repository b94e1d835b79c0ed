"""A metric's name: what its samples and its alarms are brought together by."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of CloudWatch's: the same name with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Name and value, sorted. None for what is counted over all of an account."""

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """A metric by its dimensions in whatever order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    def __str__(self) -> str:
        return " ".join([self.namespace, self.name, *(f"{name}={value}" for name, value in self.dimensions)])

    def dimension(self, name: str) -> str:
        """A dimension's value; empty where it has no such dimension."""
        return dict(self.dimensions).get(name, "")
