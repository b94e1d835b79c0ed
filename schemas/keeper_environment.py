"""Environment variables of the dead-letter keeper: the contract between its stack and the function."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from schemas.environment import fields_in, variables_of


class KeeperEnvironment(NamedTuple):
    """The dead-letter keeper's environment variables."""

    stage: str
    event_bus_name: str
    """The bus for alerts about dead letters that end soon."""

    code_version: str = ""
    """Version of the function's code, for log lines: 8 hexadecimal digits of the code's hash."""

    def to_variables(self) -> dict[str, str]:
        """Return the variables for Lambda."""
        return variables_of(self._asdict())

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """Read the variables of the function.

        Raises:
            TypeError: a variable is missing; the message names it.
        """
        return cls(**fields_in(variables, cls._fields))
