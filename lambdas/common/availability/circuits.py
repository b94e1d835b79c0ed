"""The circuits of one process."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self

from lambdas.common.availability.circuit import PACED, Circuit
from schemas.destinations import Destination, Route

if TYPE_CHECKING:
    from lambdas.common.runtime import Runtime


class Circuits:
    """One circuit a destination, created at its first use."""

    need: ClassVar[None] = None

    def __init__(self, create: Callable[[Destination], Circuit]) -> None:
        """Create circuits by this function."""
        self._create = create
        self._circuits: dict[Destination, Circuit] = {}

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Share the runtime's clock and the stage's table."""

        def note_success(route: Route) -> bool:
            from lambdas.common.availability.health import Health  # a process notes it twice a minute at most

            return runtime.capability(Health).succeeded(route)

        def create(destination: Destination) -> Circuit:
            environment = runtime.environment if destination in PACED else None
            return Circuit(
                destination,
                rate=float(environment.rate or 0) if environment else 0.0,
                pace=float(environment.pace or 0) if environment else 0.0,
                now=runtime.now,
                sleep=runtime.sleep,
                note_success=note_success,
                tripped=runtime.tripped,
            )

        return cls(create)

    def __getitem__(self, destination: Destination) -> Circuit:
        """Return the circuit of a destination."""
        if destination not in self._circuits:
            self._circuits[destination] = self._create(destination)
        return self._circuits[destination]
