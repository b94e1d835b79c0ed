"""Lines of a bill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bill."""

    what: str
    count: float
    price: float
    """Dollars a month for one."""

    @property
    def dollars(self) -> float:
        """A month."""
        return self.count * self.price
