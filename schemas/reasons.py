"""Vocabulary of reasons, outcomes and operator actions, as in logs, attributes and metrics."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a message was refused or dead-lettered. Where several reasons apply, the first in this order counts."""

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
    UNAVAILABLE = "unavailable"
    """It waited for another system for as long as its type allows."""

    CRASHED = "crashed"


class Outcome(StrEnum):
    """The result of one delivery to one function. Each delivery has exactly one outcome."""

    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    DUPLICATE = "duplicate"
    RETRYING = "retrying"
    DEFERRED = "deferred"
    DEAD_LETTERED = "dead_lettered"
    ROUTED = "routed"

    @property
    def final(self) -> bool:
        """Whether the system does nothing more with the message by itself."""
        return self in {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEAD_LETTERED}


class MessageGroup(StrEnum):
    """The SQS message group of a delivery, compared with the message's tenant. Fair queues need the tenant's."""

    TENANT = "tenant"
    NONE = "none"
    ANOTHER = "another"
    """Such as the path that EventBridge should have replaced by the tenant."""


class OperatorAction(StrEnum):
    """Actions on a message besides its deliveries: operators' (audit log), and notices to them (notifier's log)."""

    REDRIVEN = "redriven"
    """Sent back from the dead-letter queue."""

    REDRIVE_REFUSED = "redrive_refused"
    """AWS refused a redrive that the line before announced: the dead letter is where it was."""

    DISCARDED = "discarded"
    """Deleted from the dead-letter queue."""

    POSTED = "posted"
    """A Slack card reported the dead letter."""

    MAILED = "mailed"
    """An email reported the dead letter."""

    SHOWN = "shown"
    """An operator displayed the payload."""

    PAUSED = "paused"
    """A type's messages wait in its queue."""

    RESUMED = "resumed"
    """A type's messages run again; by an operator, or by the notifier when the pause was due to end."""

    TRIED = "tried"
    """An operator ran one message through a paused function."""

    REDONE = "redone"
    """An operator published the message again under a new id, as it was or with another payload."""

    REDO_REFUSED = "redo_refused"
    """AWS refused a redo that the line before announced: nothing was published."""

    SCHEDULE_CANCELLED = "schedule_cancelled"
    """An operator cancelled the message's schedule: the message is never sent."""

    SCHEDULE_RUN = "schedule_run"
    """An operator let the message's schedule send it before it was due."""

    RENEWED = "renewed"
    """A fresh copy replaced the dead letter in its queue before SQS would have deleted it."""

    ACKNOWLEDGED = "acknowledged"
    """An operator takes care of a cause: no card until it has grown tenfold."""

    SNOOZED = "snoozed"
    """An operator wants no card about a cause until a time."""

    RESOLVED = "resolved"
    """An operator fixed a cause."""


class Remedy(StrEnum):
    """The action that helps with a dead letter, and so whose turn it is. The raiser of the error names it."""

    REDRIVE = "redrive"
    """Ours or a called system's: redrive it once the cause is fixed."""

    DISCARD = "discard"
    """The sender's: inform the sender, then discard it; unchanged it would fail again."""

    MEND = "mend"
    """An operator's: correct the payload, and send it anew."""
