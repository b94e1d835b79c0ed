r"""Building blocks of the contracts: the form of names, numbers, ids and times on the wire.

Pydantic's Rust regex, JSON Schema and JavaScript read each pattern alike: no look-around, no `\d`. Patterns run inside
pydantic-core, so a valid message needs no call of Python code.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, ValidatorFunctionWrapHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from schemas.email_domains import MAX_ADDRESS

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""

UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_YEAR = "(19[7-9][0-9]|2[0-9]{3})"
_LEAP_YEAR = "(19(7[26]|8[048]|9[26])|2[0-9](0[48]|[2468][048]|[13579][26])|2[048]00)"
_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
_OFFSET = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
TIMESTAMP_PATTERN = f"^({_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29)T{_TIME}{_OFFSET}$"
"""RFC 3339 with an offset, from 1970 to 2999, so that conversion to UTC stays in every language's range.

Second 60 is refused: neither Python nor JavaScript can represent it.
"""

EXPECTATIONS: dict[str, str] = {
    UUID_PATTERN: "a UUID in canonical form, such as 0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d, in lower case",
    TIMESTAMP_PATTERN: "an RFC 3339 timestamp with an offset, such as 2024-04-15T14:00:00Z",
}
"""The words for each pattern in error sentences; `matching` adds every pattern of a contract."""


_BLANK = r"[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""Unicode's White_Space, which `_Trimmed` takes off: JavaScript's and Rust's `\\s` differ in two characters."""

CONSTANTS: set[str] = set()
"""Constant sentences of exceptions with something in them that looks personal, such as the form of an address."""


def constant(sentence: str) -> str:
    """Register a sentence of an exception that has no value in it: redaction keeps it as it is."""
    CONSTANTS.add(sentence)
    return sentence


def matching(pattern: str, expected: str, *, example: str, max_length: int | None = None) -> Any:
    """Constrain a string to a pattern and register the words for it in errors ("… must be `expected`")."""
    EXPECTATIONS[pattern] = expected
    return Field(pattern=pattern, max_length=max_length, examples=[example])


class _CountedFirst:
    """Counts an array's members before it reads them: else a message of a mebibyte has half a million problems."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        return core_schema.no_info_before_validator_function(partial(_counted, schema["max_length"]), schema)


def _counted(most: int, value: object) -> object:
    """Return an array as the tuple that strict models take, if it has no more members than it may have."""
    if not isinstance(value, list):
        return value
    if len(value) > most:
        sizes = {"field_type": "Tuple", "max_length": most, "actual_length": len(value)}
        raise PydanticKnownError("too_long", sizes)
    return tuple(value)


COUNTED_FIRST = _CountedFirst()
"""For each array of a contract, after its `max_length`."""


class Personal(str):
    """Marks a field whose value is, or may be, personal data; the text says what the value is for.

    Such values belong in messages only: never in a log, metric, alert or exception text (`docs/personal-data.md`).
    """

    __slots__ = ()


class Secret(str):
    """Marks a field whose value grants access; it belongs in messages only. The text says what the value is for."""

    __slots__ = ()


class Impersonal(str):
    """Marks text that identifies no person and may appear anywhere; the text says why."""

    __slots__ = ()


def marker(metadata: Sequence[Any]) -> Personal | Secret | Impersonal | None:
    """Return a field's mark: the last one in its metadata, so that a field overrides its building block."""
    return next((each for each in reversed(metadata) if isinstance(each, Personal | Secret | Impersonal)), None)


_ID = Impersonal("an id: only those who may query its service can find a person by it")
_CODE = Impersonal("a code of a public list")


class _TimestampSchema:
    """Checks text against the pattern before parsing a date: pydantic alone also accepts spaces and numbers."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        on_the_wire = core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=TIMESTAMP_PATTERN, strict=True),
                core_schema.datetime_schema(strict=False, tz_constraint="aware", microseconds_precision="truncate"),
            ]
        )
        return core_schema.json_or_python_schema(
            json_schema=on_the_wire,
            python_schema=core_schema.no_info_wrap_validator_function(_accept_datetime, on_the_wire),
        )


def _accept_datetime(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Accept an aware datetime of the pattern's years, which code passes; parse text, as in a message."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return read(value)
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}: no message may have another")
    return value


class _Trimmed:
    """Takes off the blanks around a text once it was checked, as people paste them; inside pydantic-core.

    The published pattern and lengths are those of the text as it came, so that all validators agree.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([handler(source), core_schema.str_schema(strip_whitespace=True)])


def _integral(value: object) -> object:
    """Convert 1.0 to an integer, since JSON has only one kind of number (RFC 8259); 1.5 and "1" stay invalid."""
    return int(value) if type(value) is float and value.is_integer() else value


Uuid = Annotated[str, Field(pattern=UUID_PATTERN, examples=["0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"]), _ID]
"""Read as text: ids are only compared, logged and passed on."""

Timestamp = Annotated[datetime, _TimestampSchema, Field(examples=["2030-04-15T14:00:00Z"])]
"""An instant. In Python, an aware datetime."""


def timestamp(moment: datetime) -> str:
    """Format a time by RFC 3339, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime | None:
    """Read a time from a text that no contract has checked, in UTC.

    None for a time without an offset, for one in a year that no `Timestamp` may have, and for any other text.
    """
    try:
        at = datetime.fromisoformat(text)
        at_utc = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at_utc if at.tzinfo and _FIRST_YEAR <= at_utc.year <= _LAST_YEAR else None


Integer = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER), BeforeValidator(_integral)]
PositiveInteger = Annotated[int, Field(ge=1, le=MAX_SAFE_INTEGER, examples=[1]), BeforeValidator(_integral)]
Count = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER), BeforeValidator(_integral)]

EpochSeconds = Annotated[int, Field(ge=1, le=32_503_679_999, examples=[1721999530]), BeforeValidator(_integral)]
"""An instant in Stripe's events: seconds since 1970, until the end of 2999. All other instants are `Timestamp`s."""

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Café Zoë"])]
"""The name of a person, a company or a service. Texts show it without the blanks around it."""

CompanyName = Annotated[Name, Impersonal("a company's public name")]

_NO_LETTER = r"\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x60\x7b-\xa0\u1680\u2000-\u206f\u3000\ufeff"
_LABEL = rf"[^-{_NO_LETTER}]([^{_NO_LETTER}]{{0,61}}[^-{_NO_LETTER}])?"
"""A label of a domain: letters, digits and hyphens, also letters beyond ASCII (internationalised, RFC 5890)."""

EmailAddress = Annotated[
    str,
    matching(
        rf"^{_BLANK}*[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(\.{_LABEL})+{_BLANK}*$",
        "an email address, such as ada@example.com",
        example="ada@example.com",
        max_length=MAX_ADDRESS,
    ),
    _Trimmed,
]
"""The addresses that browsers accept in `<input type=email>` (WHATWG HTML), with at least one dot in the domain.

The domain may be internationalised, such as müller.example. Blanks around the address are taken off.
"""

PhoneNumber = Annotated[
    str,
    matching(
        rf"^{_BLANK}*\+[1-9][0-9]{{6,14}}{_BLANK}*$",
        "a phone number in E.164 form, such as +14155550123",
        example="+14155550123",
    ),
    _Trimmed,
]
"""ITU-T E.164: a plus sign and at most 15 digits. Blanks around it are taken off."""

_ALPHANUMERIC = "[A-Za-z0-9]"
_LANGUAGE = "([A-Za-z]{2,3}([-_][A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
_SCRIPT_AND_REGION = "([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?"
_VARIANT = f"[-_]({_ALPHANUMERIC}{{5,8}}|[0-9]{_ALPHANUMERIC}{{3}})"
_EXTENSION = f"[-_][0-9A-WY-Za-wy-z]([-_]{_ALPHANUMERIC}{{2,8}})+"
_PRIVATE_USE = f"[Xx]([-_]{_ALPHANUMERIC}{{1,8}})+"
_GRANDFATHERED = "[Ii]-[A-Za-z]{3,8}|[Ee][Nn]-[Gg][Bb]-[Oo][Ee][Dd]|[Ss][Gg][Nn]-[A-Za-z]{2}-[A-Za-z]{2}"

Locale = Annotated[
    str,
    matching(
        f"^({_LANGUAGE}{_SCRIPT_AND_REGION}({_VARIANT})*({_EXTENSION})*([-_]{_PRIVATE_USE})?|{_PRIVATE_USE}"
        f"|{_GRANDFATHERED})$",
        "a BCP 47 language tag, such as en or pt-BR",
        example="en",
    ),
    _CODE,
]
"""Language of the texts for a person: a well-formed tag by RFC 5646, section 2.1, in any letter case.

An underscore counts as a hyphen, since many systems write `en_US`.
"""

TimeZone = Annotated[
    str,
    matching("^[A-Za-z0-9_+:/(). ,-]{0,98}$", "an IANA time zone, such as Europe/Berlin", example="Europe/Berlin"),
    _CODE,
]
"""For a zone that does not exist, such as `Etc/Unknown`, texts show times in UTC and say so."""

REFERENCE_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

Reference = Annotated[
    str,
    matching(
        REFERENCE_PATTERN,
        "an id of 1 to 64 letters, digits, _ and -",
        example="0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
    ),
    _ID,
]
"""An id of the CRM or of Stripe: a UUID or one like `in_1MtHbELkdIwHu7ix`. Safe in a URL's path."""

HTTPS_URL_PATTERN = (
    rf"^{_BLANK}*[Hh][Tt][Tt][Pp][Ss]://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{{1,5}})?"
    rf"([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*)?{_BLANK}*$"
)

HttpsUrl = Annotated[
    str,
    matching(
        HTTPS_URL_PATTERN,
        "an https address, such as https://app.taly.dev/reports/1",
        example="https://app.taly.dev/reports/1",
        max_length=8192,
    ),
    _Trimmed,
]
"""A link for a person. Other schemes and user names are refused: a user name could look like a host.

An address that S3 signed with temporary credentials has some 4,000 characters. Blanks around it are taken off.
"""

Currency = Annotated[str, matching("^[A-Z]{3}$", "an ISO 4217 currency code, such as EUR", example="EUR"), _CODE]


OwnWords = Annotated[
    str,
    Field(min_length=1, max_length=300, examples=["the mailbox is unknown"]),
    Impersonal("this system's own words, with a status at most"),
]
"""Why something failed: a sentence without an address, a name, or anything that another system wrote."""


class Channel(StrEnum):
    """A way by which a person wants to hear from a company."""

    EMAIL = "email"
    SMS = "sms"

    def is_wanted(self, channels: Collection["Channel"] | None) -> bool:
        """Whether a person with these channels wants to hear by this one. None: there was no choice, so by all."""
        return channels is None or self in channels


class WireModel(BaseModel):
    """A frozen model: camelCase on the wire, snake_case in code, strict about types, tolerant of unknown fields.

    Only the model drops unknown fields: a message is passed on as its original text, not as a dump of the model.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        defer_build=True,
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Leave out personal and secret values, since a repr may end up in a log."""
        for name, value in super().__repr_args__():
            field = type(self).model_fields.get(name or "")
            if field is None or not isinstance(marker(field.metadata), Personal | Secret):
                yield name, value


class Payload(WireModel):
    """Base of all payloads."""

    company_id: Uuid
    """Id of the tenant. It is the SQS message group, so that one tenant's burst delays no other tenant."""

    def ends_at(self) -> datetime | None:
        """Return when the message's own time is over: it is then skipped as expired. None: it is never too late."""
        return None
