"""Who may use a stage's doors, and as which source."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from schemas.message import Source
from schemas.names import INGRESS_SOURCE, SOURCE


def _not_ours(source: str) -> str:
    if source in (SOURCE, INGRESS_SOURCE):
        raise ValueError(f"must not be {source}: that is what the system itself says")
    return source


class Producer(BaseModel):
    """Somebody whom the stage names, as `source=principal`: taly.backend=arn:aws:iam::111122223333:role/backend."""

    model_config = ConfigDict(frozen=True)

    source: Annotated[Source, AfterValidator(_not_ours)]
    """What it puts on the bus must say that it comes from here."""

    principal: Annotated[
        str,
        StringConstraints(
            pattern="^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+|o-[a-z0-9]{10,32})$"
        ),
    ]
    """An AWS account's id, the ARN of a role or user, or an organisation's id (Organizations API, `Organization`)."""

    @property
    def is_organisation(self) -> bool:
        """Whether every account of an AWS organisation is meant."""
        return self.principal.startswith("o-")

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:  # noqa: ANN401 whatever a setting may be
        if not isinstance(value, str):
            return value
        source, given, principal = value.partition("=")
        if not given:
            raise ValueError("must be source=principal, such as taly.backend=111122223333")
        return {"source": source, "principal": principal}
