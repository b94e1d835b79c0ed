"""The rules that a contract keeps, so that no message that is on its way is refused or read as something else."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What must stay true of a version of a contract once it is released."""

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
        """The rule itself, and why it is one."""
        return _SENTENCES[self]


_SENTENCES = {
    Rule.TYPE_REMOVED: "a type stays: producers send it, and nobody here would know it any more",
    Rule.VERSION_REMOVED: "a version stays: messages of it are on their way",
    Rule.FIELD_REMOVED: "a field stays: producers send it because it is documented, and believe it is read",
    Rule.FIELD_REQUIRED: "a new field is optional: the messages that are on their way do not have it",
    Rule.MADE_REQUIRED: "an optional field stays optional: producers may leave it out",
    Rule.DEFAULT_CHANGED: "a field's default stays: it is what a message says that leaves the field out",
    Rule.RETYPED: "a field keeps its type: values of the old one are on their way",
    Rule.NULL_REFUSED: "what may be null stays so: producers may send null",
    Rule.ENUM_NARROWED: "an enumeration only grows: producers may send each of its values",
    Rule.RANGE_NARROWED: "a range only grows: producers may send any number of it",
    Rule.LENGTH_NARROWED: "a length's limits only widen: producers may send what is as short or as long",
    Rule.PATTERN_CHANGED: "a pattern or format stays as it is, or goes: no machine can tell what another one refuses",
    Rule.UNKNOWN_REFUSED: "fields that the contract does not name stay allowed: producers may send more",
    Rule.INCOMPARABLE: "only what can be compared may change: the gate cannot tell whether this refuses old messages",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule broken at one place."""

    rule: Rule
    path: str
    """Where, as in `payload.recipients[].email`; `.*` stands for any name, empty for the whole."""

    was: str
    now: str
