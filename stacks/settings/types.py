"""Types of stage settings: what a value may be, and the sentence that refuses another one."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.message import Source
from schemas.names import INGRESS_SOURCE, SOURCE
from schemas.pauses import TAGS
from schemas.wire import matching

_OWN_TAGS = ("application", "stage", "type", *TAGS)
"""Keys of the tags that every stage sets itself (`stacks/tags.py`), and of those that pauses set."""

_MOST_TAGS = 40
"""AWS takes 50 tags a resource; the rest is room for our own."""


def _not_reserved(source: str) -> str:
    if source in (SOURCE, INGRESS_SOURCE):
        raise ValueError(f"must not be {source}: that is what the system itself says")
    return source


class Producer(BaseModel):
    """A producer that the stage names as `source=principal`: taly.backend=arn:aws:iam::111122223333:role/backend."""

    model_config = ConfigDict(frozen=True)

    source: Annotated[Source, AfterValidator(_not_reserved)]
    """The only source that the producer's events may have."""

    principal: Annotated[
        str,
        matching(
            "^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+|o-[a-z0-9]{10,32})$",
            "an account of 12 digits, the ARN of a role or user, or an organisation's id such as o-a1b2c3d4e5",
            example="111122223333",
        ),
    ]
    """An AWS account's id, the ARN of a role or user, or an organisation's id (Organizations API, `Organization`)."""

    @property
    def is_organisation(self) -> bool:
        """Whether the principal is an AWS organisation, which stands for all its accounts."""
        return self.principal.startswith("o-")

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        if isinstance(value, dict | Producer):
            return value
        source, separator, principal = value.partition("=") if isinstance(value, str) else ("", "", "")
        if not separator:
            raise ValueError("must be source=principal, such as taly.backend=111122223333")
        return {"source": source, "principal": principal}


def _split_at_commas(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


COMMA_SEPARATED = BeforeValidator(_split_at_commas)
"""Takes a list as text too: `-c` gives text, in which commas separate the members."""


def _parse_null(value: object) -> object:
    return None if value in ("", "null") else value


UNSET_BY_NULL = BeforeValidator(_parse_null)
"""Takes `null` or nothing as None: `-c account=` unsets what cdk.json has."""


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 pydantic makes sentences of ValueErrors alone
    return value


A_NUMBER = BeforeValidator(_no_boolean)
"""Refuses true and false, which Python counts as numbers."""


def _whole_minutes(wait: timedelta) -> timedelta:
    """Require whole minutes, the precision of EventBridge Scheduler."""
    if wait % timedelta(minutes=1):
        raise ValueError("must be whole minutes, such as PT90M")
    return wait


def unique(waits: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """Require durations that differ.

    Raises:
        ValueError: one is there twice.
    """
    if len(set(waits)) < len(waits):
        raise ValueError("must not have the same one twice")
    return waits


def _quoted(value: object) -> object:
    """Refuse a number: JSON has none with leading zeros, as some accounts' ids have."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError('must be in quotes, such as "111122223333"')  # noqa: TRY004 pydantic makes sentences of these alone
    return value


AccountId = Annotated[
    str,
    BeforeValidator(_quoted),
    matching("^[0-9]{12}$", "an AWS account's id of 12 digits, in quotes", example="111122223333"),
]

Region = Annotated[
    str, matching("^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$", "an AWS region, such as eu-central-1", example="eu-central-1")
]

HttpUrl = Annotated[
    str,
    matching(
        r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        "an http or https URL without a query or a user, such as https://crm.example",
        example="https://crm.example",
    ),
]

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

HostName = Annotated[
    str,
    matching(
        rf"^({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$",
        "a host's name in lower case, such as app.taly.example",
        example="app.taly.example",
        max_length=253,
    ),
]
"""The name of a host (RFC 1123, section 2.1): no address, port or wildcard."""

PageUrl = Annotated[
    str,
    matching(
        r"^https://[^\s/?#]+(/[^\s#]*)?$",
        "an https URL without a fragment",
        example="https://wiki.example/runbook",
        max_length=400,
    ),
]
"""The address of a page. An alarm's description ends with it, and has 1,024 characters at most (`PutMetricAlarm`)."""

AddressOfPeople = Annotated[
    str, matching(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an email address", example="on-call@mail.example")
]

SlackChannel = Annotated[
    str, matching(r"^#[^\s#]+$", "a Slack channel, such as #taly-async-ops", example="#taly-async-ops")
]

SenderId = Annotated[
    str,
    matching(
        "^([0-9]{12}|A(ROA|IDA)[A-Z0-9]{12,124})$",
        "an account of 12 digits, or the unique id of a role or user",
        example="111122223333",
    ),
]
"""The id by which SQS names a sender: a role's or user's unique id (IAM User Guide, "Unique identifiers"), or an
account's."""

PolicyName = Annotated[
    str,
    matching(
        r"^([A-Za-z0-9_+=,.@-]{1,128}|arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]{1,512})$",
        "the name of a managed policy of the account, or a managed policy's ARN",
        example="developer-boundary",
    ),
]
"""A managed policy: its name (IAM API, `CreatePolicy`), or its ARN, which a policy with a path needs."""

Rate = Annotated[float, Field(gt=0, le=10_000), A_NUMBER]
"""Calls a second that another system takes."""

Wait = Annotated[timedelta, Field(ge=timedelta(minutes=2)), AfterValidator(_whole_minutes)]
"""An ISO 8601 duration, such as PT24H or P1D. Follow-ups due within a minute are published without a schedule."""


def _parse_tags(value: object) -> object:
    """Convert `team=booking,cost-centre=42`, as `-c` gives tags, to a map."""
    if not isinstance(value, str):
        return value
    tags: dict[str, str] = {}
    for pair in (part.strip() for part in value.split(",") if part.strip()):
        key, separator, text = pair.partition("=")
        if not separator or key in tags:
            raise ValueError("must be key=value, each key once, such as team=booking,cost-centre=42")
        tags[key] = text
    return tags


def _allowed_keys(tags: dict[str, str]) -> dict[str, str]:
    """Require keys that are free. IAM takes keys that differ only in case for the same ("Tag naming rules")."""
    in_lower_case = [key.lower() for key in tags]
    for key in in_lower_case:
        if key in _OWN_TAGS:
            raise ValueError(f"must not have the key {key}, which each stage sets itself: choose another one")
        if key.startswith("aws:"):
            raise ValueError(f"must not have the key {key}: AWS reserves those that begin with aws:")
        if in_lower_case.count(key) > 1:
            raise ValueError(f"must not have the key {key} twice: for IAM, upper and lower case are the same")
    if len(tags) > _MOST_TAGS:
        raise ValueError(f"must be at most {_MOST_TAGS} tags: AWS takes 50 a resource, with those of the stage")
    return tags


_TAG_TEXT = (
    r"^[\p{L}\p{N}_.:/=+@-]+( +[\p{L}\p{N}_.:/=+@-]+)*$",
    "letters, digits, blanks and _.:/=+-@, with no blank at either end",
)

Tags = Annotated[
    dict[
        Annotated[str, matching(*_TAG_TEXT, example="team", max_length=128)],
        Annotated[str, matching(*_TAG_TEXT, example="booking", max_length=256)],
    ],
    BeforeValidator(_parse_tags),
    AfterValidator(_allowed_keys),
]
"""Tags by key, of what every tagged service takes (AWS General Reference, "Tag naming limits and requirements")."""
