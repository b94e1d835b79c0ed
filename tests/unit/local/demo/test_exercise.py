"""The exercise after the demonstration: one command for each remedy that the dead letters have."""

import json

from local.demo.exercise import steps
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

REDRIVE = "taly-async redrive --all --stage local"
DISCARD = 'taly-async discard --remedy discard --comment "the senders are informed" --stage local'
MEND = 'taly-async redo ID --payload FILE --comment "payload corrected" --stage local'


def dead_letter(service: str, reason: str = "", remedy: str = "") -> FoundDeadLetter:
    texts = {"reason": reason, "fingerprint": "c83d68dfbef7", "biography": json.dumps({"remedy": remedy})}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()} if reason else {}
    body = json.dumps({"type": "booking.archived"}) if service == UNROUTED else "{}"
    return FoundDeadLetter(service, DeadLetter.of({"MessageId": "sqs", "Body": body, "MessageAttributes": attributes}))


def commands(*dead_letters: FoundDeadLetter) -> list[str]:
    return [command for _, its in steps(dead_letters) for command in its]


def test_what_is_ours_is_redriven_by_one_command() -> None:
    ours = dead_letter("activity.record", Reason.PERMANENT), dead_letter("email.send", Reason.ATTEMPTS_EXHAUSTED)

    assert commands(*ours) == [REDRIVE]


def test_what_its_sender_has_to_correct_is_discarded_by_one_command() -> None:
    senders = (
        dead_letter("user.invited", Reason.PERMANENT, "discard"),
        dead_letter("report.generate", Reason.ID_CONFLICT),
        dead_letter(QUEUE_PROCESSOR, Reason.INVALID_JSON),
        dead_letter(UNROUTED),
    )

    assert commands(*senders) == [DISCARD]


def test_every_remedy_has_its_command() -> None:
    mend = dead_letter("sms.send", Reason.PERMANENT, "mend")

    assert commands(mend, dead_letter(UNROUTED), dead_letter("activity.record", Reason.PERMANENT)) == [
        REDRIVE,
        DISCARD,
        MEND,
    ]
