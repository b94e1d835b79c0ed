"""The exercise after the demonstration: commands for the dead letters."""

from local.demo.exercise import discards, redrives
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

REFUSED, GONE, EXPIRED, BROKEN, CONFLICT = (
    "c83d68dfbef7",
    "be8b4f6158ea",
    "e40602eaef1c",
    "9af497ef9434",
    "5c2448e5964c",
)


def dead_letter(service: str, **attributes: str) -> FoundDeadLetter:
    known = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return FoundDeadLetter(service, DeadLetter.of({"MessageId": "sqs", "Body": "{}", "MessageAttributes": known}))


DEAD_LETTERS = [
    dead_letter("webhook.deliver", reason=Reason.PERMANENT, fingerprint=GONE),
    *[dead_letter("activity.record", reason=Reason.PERMANENT, fingerprint=REFUSED) for _ in range(3)],
    dead_letter("user.invited", reason=Reason.PERMANENT, fingerprint=EXPIRED),
    dead_letter("report.generate", reason=Reason.ID_CONFLICT, fingerprint=CONFLICT),
    dead_letter(QUEUE_PROCESSOR, reason=Reason.INVALID_JSON, fingerprint=BROKEN),
    dead_letter(UNROUTED),
]


def test_redrive_commands_are_those_of_refused_jobs_largest_cause_first() -> None:
    assert redrives(DEAD_LETTERS) == [
        f"taly-async redrive activity.record --cause {REFUSED} --stage local",
        f"taly-async redrive webhook.deliver --cause {GONE} --stage local",
    ]


def test_dead_letters_that_would_fail_again_are_discarded_by_type() -> None:
    (command,) = discards(DEAD_LETTERS)

    services = command.removeprefix("for type in ").partition(";")[0]
    assert set(services.split()) == {"user.invited", "report.generate", "queue_processor", "unrouted"}
    assert "discard $type --all" in command


def test_a_type_with_a_dead_letter_that_can_succeed_is_not_discarded() -> None:
    mixed = [*DEAD_LETTERS, dead_letter("activity.record", reason=Reason.INVALID_PAYLOAD, fingerprint=BROKEN)]

    assert "activity.record" not in discards(mixed)[0]
