"""SES's events in any order, twice, and late: activities, contacts, the suppression list and texts end the same."""

import importlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from local.standins.crm.state import CrmState, Facts
from schemas.catalogue import BY_NAME
from schemas.crm import Appointment
from schemas.emails import Template
from schemas.mail_tags import MailTags
from schemas.wire import timestamp
from tests.fakes.crm import connect_stand_in
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.sns import FakeSns
from tests.messages import appointment, message, text
from tests.ses_events import bounced, complained, delivered, rejected, reported

EVENTS = 1_000
COMPANIES = [str(UUID(int=number)) for number in (1, 2)]
ADDRESSES = [f"person-{number}@example.com" for number in range(12)]

Message = dict[str, Any]


class SentMail(NamedTuple):
    """A mail of which SES reports."""

    tags: MailTags
    address: str


class State(NamedTuple):
    """The state that must not depend on the order of events."""

    activities: Counter[tuple[str, str, str, str]]
    contacts: dict[str, Any]
    suppressed: dict[str, Any]
    texts: Counter[str]


def mails(random: Random) -> list[SentMail]:
    """Mails to a few addresses of two companies, so that several events meet in one item."""
    return [
        SentMail(
            MailTags(
                company_id=random.choice(COMPANIES),
                message_id=str(UUID(int=random.getrandbits(128))),
                correlation_id=f"root-{number}",
                template=random.choice([Template.APPOINTMENT_REMINDER, Template.BOOKING_CONFIRMATION]),
                subject_id=str(UUID(int=random.getrandbits(128))),
                texted=random.random() < 0.5,
            ),
            random.choice(ADDRESSES),
        )
        for number in range(120)
    ]


def events_about(mail: SentMail, random: Random) -> list[Message]:
    """All that SES reports of a mail: one outcome, or some. Several happen in one second."""

    def at() -> str:
        return timestamp(NOW - timedelta(seconds=random.randrange(20)))

    about: dict[str, Any] = {"sent": mail.tags, "destination": [mail.address]}
    reports = random.choice(
        [
            [delivered(at(), **about)],
            [delivered(at(), **about), complained("abuse", at(), **about)],
            [delivered(at(), **about), bounced("Permanent", "General", at(), **about)],
            [bounced("Transient", "General", at(), **about), bounced("Permanent", "NoEmail", at(), **about)],
            [bounced("Permanent", "OnAccountSuppressionList", at(), **about)],
            [bounced("Transient", "MailboxFull", at(), **about)],
            [complained("not-spam", at(), **about), {"eventType": "Send", **rejected(**about)} | {"eventType": "Send"}],
            [rejected(**about)],
        ]
    )
    return [
        reported(each, company=mail.tags.company_id, id=f"event-{random.getrandbits(64)}", timestamp=at())
        for each in reports
    ]


def confirmations(random: Random) -> list[Message]:
    """People confirm some addresses, and the CRM says so."""
    return [
        message(
            "email.suppression",
            {
                "companyId": company,
                "email": address,
                "suppression": "deliverable",
                "occurredAt": timestamp(NOW - timedelta(seconds=random.randrange(20))),
            },
            id=f"confirmation-{number}",
        )
        for number, (company, address) in enumerate(zip(COMPANIES * 3, ADDRESSES, strict=False))
    ]


def shuffled_and_doubled(messages: Sequence[Message], random: Random) -> list[Message]:
    """All messages at least once; doubles come from SQS as they are, and from EventBridge with another id."""
    more = [
        each
        if random.random() < 0.5 or each["type"] != "ses.event"
        else each | {"id": f"again-{random.getrandbits(64)}"}
        for each in random.choices(messages, k=EVENTS - len(messages))
    ]
    found = [*messages, *more]
    random.shuffle(found)
    return found


@dataclass
class System:
    """All functions that the events lead to, on one bus, with one table and one CRM."""

    crm: CrmState = field(default_factory=CrmState)
    sns: FakeSns = field(default_factory=FakeSns)
    harness: FunctionHarness = field(init=False)

    def __post_init__(self) -> None:
        self.harness = FunctionHarness(clients={"sns": self.sns})
        connect_stand_in(self.harness, self.crm)

    def deliver(self, messages: Iterable[Message], random: Random, batch: int = 10) -> None:
        """Deliver batches of one type in a random order, and those that follow, until there is nothing left."""
        waiting = [text(each) for each in messages]
        while waiting:
            name = json.loads(waiting[0])["type"]
            bodies = [each for each in waiting[: 4 * batch] if json.loads(each)["type"] == name][:batch]
            for body in bodies:
                waiting.remove(body)
            handler = importlib.import_module(f"lambdas.{BY_NAME[name].folder}.handler").handler
            handler.process(sqs_event(*bodies), FakeContext(), self.harness.runtime())
            waiting += [entry["Detail"] for entry in self.harness.events.published]
            self.harness.events.published.clear()
            waiting += [copy["MessageBody"] for copy in self.harness.copies]
            self.harness.copies.clear()
            if random.random() < 0.2:
                random.shuffle(waiting)

    def state(self) -> State:
        activities = [call.body for call in self.crm.calls() if call.path == "/internal/activity" and call.accepted]
        return State(
            Counter((each["subjectId"], each["activity"], each["summary"], each["occurredAt"]) for each in activities),
            {company: self.crm.contacts.known(company) for company in COMPANIES},
            {key: item for key, item in self.harness.dynamodb.items.items() if key.startswith("suppressed#")},
            Counter(each["PhoneNumber"] for each in self.sns.requests if "PhoneNumber" in each),
        )


def end_state(messages: Sequence[Message], sent: Sequence[SentMail], random: Random) -> tuple[State, System]:
    system = System()
    upcoming = tuple(
        Appointment.model_validate_json(
            text(appointment(id=mail.tags.subject_id, companyId=mail.tags.company_id, startTime="2030-04-15T14:00:00Z"))
        )
        for mail in sent
    )
    system.crm.add(Facts(appointments=upcoming))
    system.deliver(messages, random)
    return system.state(), system


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_1000_events_shuffled_and_doubled_end_in_the_same_state(seed: int) -> None:
    random = Random(seed)  # noqa: S311 reproducible, not secret
    sent = mails(random)
    messages = [event for mail in sent for event in events_about(mail, random)] + confirmations(random)
    in_order, _ = end_state(messages, sent, random)

    found, system = end_state(shuffled_and_doubled(messages, random), sent, random)

    assert found == in_order
    assert max(found.activities.values()) == 1
    assert system.harness.dead_letters == []
    assert {each["status"] for known in found.contacts.values() for each in known["emails"].values()} == {
        "bounced",
        "complained",
    }
    assert {item["suppression"]["S"] for item in found.suppressed.values()} >= {"bounced", "complained"}
