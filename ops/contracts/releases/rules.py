"""Compatibility rules: no message in transit may be refused or misread after a contract changes."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """A rule for every released version of a contract."""

    TYPE_REMOVED = "type_removed"
    VERSION_REMOVED = "version_removed"
    FIELD_REMOVED = "field_removed"
    FIELD_REQUIRED = "field_required"
    MADE_REQUIRED = "made_required"
    DEFAULT_CHANGED = "default_changed"
    RETYPED = "retyped"
    NULL_REFUSED = "null_refused"
    ENUM_NARROWED = "enum_narrowed"
    RANGE_NARROWED = "range_narrowed"
    LENGTH_NARROWED = "length_narrowed"
    PATTERN_CHANGED = "pattern_changed"
    UNKNOWN_REFUSED = "unknown_refused"
    INCOMPARABLE = "incomparable"

    @property
    def sentence(self) -> str:
        """The rule and its reason."""
        return _SENTENCES[self]


_SENTENCES = {
    Rule.TYPE_REMOVED: "a type stays: producers still send it, and it would be refused as unknown",
    Rule.VERSION_REMOVED: "a version stays: messages of it are in transit",
    Rule.FIELD_REMOVED: "a field stays: producers send it, and expect that it is read",
    Rule.FIELD_REQUIRED: "a new field is optional: messages in transit do not have it",
    Rule.MADE_REQUIRED: "an optional field stays optional: producers may leave it out",
    Rule.DEFAULT_CHANGED: "a field's default stays: it is the meaning of messages without the field",
    Rule.RETYPED: "a field keeps its type: values of the old type are in transit",
    Rule.NULL_REFUSED: "a nullable field stays nullable: producers may send null",
    Rule.ENUM_NARROWED: "an enumeration only grows: producers may send each of its values",
    Rule.RANGE_NARROWED: "a range only grows: producers may send any number of it",
    Rule.LENGTH_NARROWED: "limits of a length only widen: producers may send values up to the old limits",
    Rule.PATTERN_CHANGED: "a pattern or format stays, is dropped, or is widened by name: no program compares patterns",
    Rule.UNKNOWN_REFUSED: "unknown fields stay allowed: producers may send more fields",
    Rule.INCOMPARABLE: "only comparable constraints may change: whether this refuses old messages is unknown",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule at one place."""

    rule: Rule
    path: str
    """The place, such as `payload.recipients[].email`; `.*` is any field name, empty the whole message."""

    was: str
    now: str
