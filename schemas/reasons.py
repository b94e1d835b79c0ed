"""Why a message was refused or dead-lettered, what became of a delivery, what was done about it: one vocabulary."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a message lies in a dead-letter queue. Where several hold, the first in this order is given."""

    INVALID_JSON = "invalid_json"
    INVALID_ENVELOPE = "invalid_envelope"
    UNKNOWN_TYPE = "unknown_type"
    TYPE_MISMATCH = "type_mismatch"
    UNSUPPORTED_VERSION = "unsupported_version"
    INVALID_PAYLOAD = "invalid_payload"
    TOO_LARGE = "too_large"
    LOOP = "loop"
    ID_CONFLICT = "id_conflict"
    PERMANENT = "permanent"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    CRASHED = "crashed"


class Outcome(StrEnum):
    """How one delivery to one function ended. Each delivery has exactly one."""

    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    DUPLICATE = "duplicate"
    RETRYING = "retrying"
    DEFERRED = "deferred"
    DEAD_LETTERED = "dead_lettered"
    ROUTED = "routed"

    @property
    def final(self) -> bool:
        """Whether nothing more happens to the message by itself."""
        return self in {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEAD_LETTERED}


class OperatorAction(StrEnum):
    """What was done about a message, by people or to tell them."""

    REDRIVEN = "redriven"
    """Sent back from its dead-letter queue."""

    DISCARDED = "discarded"
    """Taken out of its dead-letter queue for good."""

    POSTED = "posted"
    """People were told in Slack that it was given up."""

    MAILED = "mailed"
    """They were told by email."""

    SHOWN = "shown"
    """Somebody looked at its payload."""
