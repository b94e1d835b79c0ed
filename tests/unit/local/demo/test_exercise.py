"""What the demonstration leaves for a person: causes that are mended, and commands for what died of them."""

from datetime import UTC, datetime, timedelta

from local.demo.exercise import discards, mend, redrives
from local.standins.crm.state import NONE, CrmState
from local.traffic import bookings
from local.traffic.mix import Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.settings import Rules
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found
from ops.stage.services import UNROUTED
from schemas.crm import WebhookEndpoint
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

TRAFFIC = Traffic(
    seed=1,
    now=datetime(2026, 4, 14, 12, tzinfo=UTC),
    rules=Rules(reminder_leads=(timedelta(hours=24),), dunning=(timedelta(days=1),)),
)
REFUSED, GONE, EXPIRED, BROKEN, CONFLICT = (
    "c83d68dfbef7",
    "be8b4f6158ea",
    "e40602eaef1c",
    "9af497ef9434",
    "5c2448e5964c",
)


def letter(service: str, **attributes: str) -> Found:
    known = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return Found(service, DeadLetter.of({"MessageId": "sqs", "Body": "{}", "MessageAttributes": known}))


LETTERS = [
    letter("webhook.deliver", reason=Reason.PERMANENT, fingerprint=GONE),
    *[letter("activity.record", reason=Reason.PERMANENT, fingerprint=REFUSED) for _ in range(3)],
    letter("user.invited", reason=Reason.PERMANENT, fingerprint=EXPIRED),
    letter("report.generate", reason=Reason.ID_CONFLICT, fingerprint=CONFLICT),
    letter(QUEUE_PROCESSOR, reason=Reason.INVALID_JSON, fingerprint=BROKEN),
    letter(UNROUTED),
]


def test_the_commands_are_those_on_the_cards_of_jobs_that_were_refused_the_largest_cause_first() -> None:
    assert redrives(LETTERS) == [
        f"taly-async redrive activity.record --cause {REFUSED} --stage local",
        f"taly-async redrive webhook.deliver --cause {GONE} --stage local",
    ]


def test_what_would_die_again_is_to_be_discarded_type_by_type() -> None:
    (command,) = discards(LETTERS)

    services = command.removeprefix("for type in ").partition(";")[0]
    assert set(services.split()) == {"user.invited", "report.generate", "queue_processor", "unrouted"}
    assert "discard $type --all" in command


def test_a_type_of_which_a_letter_can_be_mended_is_not_discarded_as_a_whole() -> None:
    mixed = [*LETTERS, letter("activity.record", reason=Reason.INVALID_PAYLOAD, fingerprint=BROKEN)]

    assert "activity.record" not in discards(mixed)[0]


def test_the_crm_takes_what_it_refused_once_it_is_mended() -> None:
    crm, booking = CrmState(), TRAFFIC.publication(bookings.crm_refuses, PublicationDoor.BUS, number=1)
    crm.learn(booking.facts)

    mend(crm, [booking])

    assert crm.plan([booking.subject]) == NONE


def test_the_crm_tells_no_more_of_an_endpoint_that_is_gone_and_still_of_the_other() -> None:
    crm, booking = CrmState(), TRAFFIC.publication(bookings.endpoint_is_gone, PublicationDoor.BUS, number=1)
    gone, other = booking.facts.subscribers
    for each in (gone, other):
        endpoint = WebhookEndpoint(id=each.endpoint_id, url="https://example.com/hook", secrets=each.secrets)
        crm.subscribe(each.company_id, each.event, [endpoint])

    mend(crm, [booking])

    assert [each.id for each in crm.webhooks(gone.company_id, gone.event).endpoints] == [other.endpoint_id]
