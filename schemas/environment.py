"""What a function is told about where it runs: the contract between the stacks and the functions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionEnvironment:
    """A function's environment variables: addresses alone, no secrets and nothing of the catalogue.

    What a function does not need stays empty.
    """

    queue_url: str
    """Its own queue: what must run again goes back there."""

    dead_letter_queue_url: str
    event_bus_name: str = ""
    crm_base_url: str = ""
    crm_token_secret_arn: str = ""
    mail_sender: str = ""
    """The From header, such as `Taly <no-reply@mail.taly.dev>`."""

    def to_variables(self) -> dict[str, str]:
        """As Lambda takes them: upper case, without the empty ones."""
        return {name.upper(): value for name, value in asdict(self).items() if value}

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "FunctionEnvironment":
        """As a function finds them.

        Raises:
            TypeError: a variable that every function needs is missing; the message names it.
        """
        given = {field.name: variables[name] for field in fields(cls) if (name := field.name.upper()) in variables}
        return cls(**given)
