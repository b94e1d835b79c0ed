"""What each reason of a dead letter means, and what to do about it."""

from dataclasses import dataclass
from enum import Enum

from schemas.message import MAX_HOPS
from schemas.reasons import Reason


class Remedy(Enum):
    """What the command is for, if there is one to run."""

    REDRIVE = "redrive"
    """The messages are good: they are sent again once the cause is mended."""

    VALIDATE = "validate"
    """The messages are at fault: their sender has to mend them."""


@dataclass(frozen=True, slots=True)
class Advice:
    """For one reason."""

    why: str
    """Ends the sentence "… were given up: "."""

    to_do: str
    """Comes before the command."""

    remedy: Remedy


_TELL = "Tell the sender: sent again as it is, it ends here again. What is wrong with one, and what to write instead:"

ADVICE = {
    Reason.INVALID_JSON: Advice("no JSON, or JSON that languages read differently.", _TELL, Remedy.VALIDATE),
    Reason.INVALID_ENVELOPE: Advice("a field that every message has is missing or wrong.", _TELL, Remedy.VALIDATE),
    Reason.UNKNOWN_TYPE: Advice("no type of that name is deployed here.", _TELL, Remedy.VALIDATE),
    Reason.TYPE_MISMATCH: Advice(
        "the type inside is not the one that the event was published as.", _TELL, Remedy.VALIDATE
    ),
    Reason.UNSUPPORTED_VERSION: Advice(
        "the version of the payload is newer than what is deployed here.",
        "Deploy what knows that version, then redrive:",
        Remedy.REDRIVE,
    ),
    Reason.INVALID_PAYLOAD: Advice("the payload is not as its contract says.", _TELL, Remedy.VALIDATE),
    Reason.TOO_LARGE: Advice("larger than SQS or EventBridge takes.", _TELL, Remedy.VALIDATE),
    Reason.LOOP: Advice(
        f"more than {MAX_HOPS} hops from the first of the chain: messages cause each other in a circle.",
        "Tell whoever publishes it to break the circle. What is wrong with one:",
        Remedy.VALIDATE,
    ),
    Reason.ID_CONFLICT: Advice(
        "another message with another payload had that id before.",
        "Tell the sender to give each event an id of its own. What one says:",
        Remedy.VALIDATE,
    ),
    Reason.PERMANENT: Advice(
        "it failed in a way that trying again does not mend.", "Mend the cause, then redrive:", Remedy.REDRIVE
    ),
    Reason.ATTEMPTS_EXHAUSTED: Advice(
        "every attempt failed.", "See that what it calls works again, or mend the cause; then redrive:", Remedy.REDRIVE
    ),
    Reason.CRASHED: Advice(
        "its function died of it each time, without a word.",
        "The last lines of its log say whether memory, time or a bug ended it. Mend that, then redrive:",
        Remedy.REDRIVE,
    ),
}
