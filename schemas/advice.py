"""The meaning of each reason for a dead letter, and what to do about it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

from schemas.endpoints import DELIVERY
from schemas.message import MAX_HOPS, UNKNOWN_SOURCE
from schemas.names import SOURCE
from schemas.reasons import Reason, Remedy


@dataclass(frozen=True, slots=True)
class Advice:
    """Explanation and next step for one reason."""

    why: str
    """Completes a sentence such as "3 messages were dead-lettered: …"."""

    to_do: str
    """The next step; the remedy's command follows it."""

    remedy: Remedy


_INFORM_SENDER = "Inform the sender, who has to correct it: unchanged, it is refused again. Then discard:"

ADVICE = {
    Reason.INVALID_JSON: Advice("not JSON, or JSON that languages read differently.", _INFORM_SENDER, Remedy.DISCARD),
    Reason.INVALID_ENVELOPE: Advice("a field of the envelope is missing or wrong.", _INFORM_SENDER, Remedy.DISCARD),
    Reason.UNKNOWN_TYPE: Advice("no event type of that name is deployed here.", _INFORM_SENDER, Remedy.DISCARD),
    Reason.TYPE_MISMATCH: Advice(
        "the message's type differs from the event's detail-type.", _INFORM_SENDER, Remedy.DISCARD
    ),
    Reason.UNSUPPORTED_VERSION: Advice(
        "the version of the payload is newer than this deploy supports.",
        "Deploy the version, then redrive:",
        Remedy.REDRIVE,
    ),
    Reason.INVALID_PAYLOAD: Advice("the payload violates its contract.", _INFORM_SENDER, Remedy.DISCARD),
    Reason.TOO_LARGE: Advice("larger than SQS or EventBridge accepts.", _INFORM_SENDER, Remedy.DISCARD),
    Reason.LOOP: Advice(
        f"more than {MAX_HOPS} hops from the first message of the chain: messages cause each other in a loop.",
        "Ask the sender to break the loop, then discard:",
        Remedy.DISCARD,
    ),
    Reason.ID_CONFLICT: Advice(
        "an earlier message had the same id and another payload.",
        "The earlier one was done. Ask the sender to give each event a unique id, and to send this one again. Then "
        "discard:",
        Remedy.DISCARD,
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

_TO_DO: Mapping[Remedy, str] = {
    Remedy.REDRIVE: "Fix the cause, then redrive:",
    Remedy.DISCARD: "Inform the sender: unchanged, it fails again. Then discard:",
    Remedy.MEND: "Save the payload with taly-async redo ID --show on the same stage, correct it, and send it anew:",
}
"""The next step where the raiser of the error named the remedy."""

SHOWN_BY_VALIDATE = frozenset(
    {
        Reason.INVALID_JSON,
        Reason.INVALID_ENVELOPE,
        Reason.UNKNOWN_TYPE,
        Reason.TYPE_MISMATCH,
        Reason.INVALID_PAYLOAD,
        Reason.TOO_LARGE,
        Reason.LOOP,
    }
)
"""Reasons for which `taly-async validate` shows all problems of a message, and their fixes."""

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


def advice_on(reason: Reason, service: str, error: str, remedy: Remedy | None = None) -> Advice:
    """Return the advice on dead letters.

    Args:
        reason: their reason.
        service: the function that dead-lettered them.
        error: class of their error; see `is_undelivered`.
        remedy: the remedy that the raiser of the error named; None where the reason decides.
    """
    if is_undelivered(service, reason, error):
        return UNDELIVERED
    advice = ADVICE[reason]
    if remedy in {None, advice.remedy}:
        return advice
    return replace(advice, remedy=remedy, to_do=_TO_DO[remedy])


TURNS: Mapping[Remedy, str] = {
    Remedy.REDRIVE: "ours",
    Remedy.DISCARD: "the sender's",
    Remedy.MEND: "an operator's",
}
"""Who has to act."""


def whose_turn(remedy: Remedy, source: str = "") -> str:
    """Say who has to act, such as `the sender's (taly.backend)`.

    Args:
        remedy: the remedy of the dead letters.
        source: the source that they claim; empty where it is not known.
    """
    return f"{TURNS[remedy]} ({sender(source)})" if remedy is Remedy.DISCARD else TURNS[remedy]


def command(remedy: Remedy, service: str, cause: str, *, stage: str, message_id: str = "") -> str:
    """Return the command that carries out a remedy, as it can be pasted into a shell.

    Args:
        remedy: the remedy of the dead letters.
        service: the type, or `queue_processor`, in whose dead-letter queue they are.
        cause: the fingerprint of their cause.
        stage: the stage's name.
        message_id: one of them, for a remedy that works on one message; empty where none is known.
    """
    match remedy:
        case Remedy.REDRIVE:
            return f"taly-async redrive {shlex.quote(service)} --cause {cause} --stage {stage}"
        case Remedy.DISCARD:
            # A cause may have dead letters that another remedy helps, such as those from before a deployment.
            what = f'{shlex.quote(service)} --cause {cause} --remedy discard --comment "the sender is informed"'
            return f"taly-async discard {what} --stage {stage}"
        case Remedy.MEND:
            what = f'{shlex.quote(message_id or "ID")} --payload payload.json --comment "payload corrected"'
            return f"taly-async redo {what} --stage {stage}"


def sender(source: str) -> str:
    """Name the sender of messages by the source that they claim; empty where they claim none."""
    if source in {"", UNKNOWN_SOURCE}:
        return "the messages do not name it"
    return "the sender of the chain's first message: taly-async trace shows it" if source == SOURCE else source
