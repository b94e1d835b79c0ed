"""The remedy of a dead letter: as the raiser of its error says, else as its reason does, else as its type does."""

from collections.abc import Iterable

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from schemas.advice import ADVICE, TURNS, is_undelivered, whose_turn
from schemas.catalogue import BY_NAME
from schemas.reasons import Reason, Remedy

_CUSTOMERS = "a customer's"


def remedy_of(dead_letter: DeadLetter) -> Remedy:
    """Return the action that helps with a dead letter.

    One without a reason never came to an outcome: it is sent again, unless no function here handles its type. So what
    no rule matched is the sender's, until its type is deployed.
    """
    if stated := dead_letter.stated_remedy:
        return stated
    if dead_letter.reason:
        return ADVICE[Reason(dead_letter.reason)].remedy
    return Remedy.REDRIVE if dead_letter.type in {"", *BY_NAME} else Remedy.DISCARD


def is_customers(found: FoundDeadLetter) -> bool:
    """Whether it is a webhook that a customer's endpoint did not take: a redrive helps once that endpoint works."""
    dead_letter = found.dead_letter
    return is_undelivered(found.service, dead_letter.reason, dead_letter.history_text("errorClass"))


def remedies_of(found: Iterable[FoundDeadLetter]) -> frozenset[Remedy]:
    """Return the actions that help with some of these dead letters, without those that wait for a customer."""
    return frozenset(remedy_of(each.dead_letter) for each in found if not is_customers(each))


def turn(found: FoundDeadLetter) -> str:
    """Say who has to act, without naming a sender: `ours`, `the sender's`, `an operator's` or `a customer's`."""
    return _CUSTOMERS if is_customers(found) else TURNS[remedy_of(found.dead_letter)]


def turn_by_name(found: FoundDeadLetter) -> str:
    """Say who has to act, such as `the sender's (taly.backend)`."""
    return _CUSTOMERS if is_customers(found) else whose_turn(remedy_of(found.dead_letter), found.dead_letter.source)
