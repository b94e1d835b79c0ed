"""The meaning of each reason for a dead letter, and what to do about it."""

from dataclasses import dataclass
from enum import Enum

from schemas.endpoints import DELIVERY
from schemas.message import MAX_HOPS
from schemas.reasons import Reason


class Remedy(Enum):
    """The command that helps."""

    REDRIVE = "redrive"
    """The messages are valid: redrive them after the cause is fixed."""

    VALIDATE = "validate"
    """The messages are invalid: their producer has to fix them."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Explanation and next step for one reason."""

    why: str
    """Completes a sentence such as "3 messages were dead-lettered: …"."""

    to_do: str
    """The next step; the command follows it."""

    remedy: Remedy


_ASK_PRODUCER = "Ask the producer to fix it: unchanged, it is refused again. To see the problems and their fixes:"

ADVICE = {
    Reason.INVALID_JSON: Advice("not JSON, or JSON that languages read differently.", _ASK_PRODUCER, Remedy.VALIDATE),
    Reason.INVALID_ENVELOPE: Advice("a field of the envelope is missing or wrong.", _ASK_PRODUCER, Remedy.VALIDATE),
    Reason.UNKNOWN_TYPE: Advice("no event type of that name is deployed here.", _ASK_PRODUCER, Remedy.VALIDATE),
    Reason.TYPE_MISMATCH: Advice(
        "the message's type differs from the event's detail-type.", _ASK_PRODUCER, Remedy.VALIDATE
    ),
    Reason.UNSUPPORTED_VERSION: Advice(
        "the version of the payload is newer than this deploy supports.",
        "Deploy the version, then redrive:",
        Remedy.REDRIVE,
    ),
    Reason.INVALID_PAYLOAD: Advice("the payload violates its contract.", _ASK_PRODUCER, Remedy.VALIDATE),
    Reason.TOO_LARGE: Advice("larger than SQS or EventBridge accepts.", _ASK_PRODUCER, Remedy.VALIDATE),
    Reason.LOOP: Advice(
        f"more than {MAX_HOPS} hops from the first message of the chain: messages cause each other in a loop.",
        "Ask the producer to break the loop. To see what is wrong:",
        Remedy.VALIDATE,
    ),
    Reason.ID_CONFLICT: Advice(
        "an earlier message had the same id and another payload.",
        "Ask the producer to give each event a unique id. To check a message:",
        Remedy.VALIDATE,
    ),
    Reason.PERMANENT: Advice(
        "the failure is permanent, so a retry cannot help.", "Fix the cause, then redrive:", Remedy.REDRIVE
    ),
    Reason.ATTEMPTS_EXHAUSTED: Advice(
        "every attempt failed.",
        "Check that the called service works again, or fix the cause; then redrive:",
        Remedy.REDRIVE,
    ),
    Reason.UNAVAILABLE: Advice(
        "another system was unavailable for as long as their type may wait.",
        "Check with taly-async status that it works again, then redrive:",
        Remedy.REDRIVE,
    ),
    Reason.CRASHED: Advice(
        "the function crashed on it at every attempt, without an error message.",
        "The last lines of the function's log show whether memory, time or a bug ended it. Fix that, then redrive:",
        Remedy.REDRIVE,
    ),
}

UNDELIVERED = Advice(
    "customers' endpoints did not take them for days.",
    "Nothing to do at night: the companies' admins are informed after three days. taly-async endpoints shows which "
    "endpoints fail. Once one works again, redrive what it missed with --endpoint:",
    Remedy.REDRIVE,
)

_NOT_DELIVERED = frozenset({"EndpointGoneError", "NotDeliveredError", "NotNowError"})
"""Errors of the last try at an endpoint, and of a wait for its turn that took too long (`lambdas/common/errors.py`)."""


def is_undelivered(service: str, reason: str, error: str) -> bool:
    """Whether a dead letter is a webhook that a customer's endpoint did not take, so that nobody here can repair it.

    A webhook that waited for the CRM until its patience ended has the same reason, and is ours to look at.

    Args:
        service: the function that dead-lettered it.
        reason: its reason.
        error: class of its error; empty where that is not known, which counts as an endpoint's.
    """
    is_endpoints = reason == Reason.UNAVAILABLE and error in {"", *_NOT_DELIVERED}
    return is_endpoints and service == DELIVERY


def advice_on(reason: Reason, service: str, error: str) -> Advice:
    """Return the advice on dead letters; the arguments are those of `is_undelivered`."""
    return UNDELIVERED if is_undelivered(service, reason, error) else ADVICE[reason]
