"""The outcome of a mail: the trace, the company's activity log and the CRM show it, and the next mail obeys it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from local.standins.ses.events import SIMULATOR, MailEvent, event_about
from local.standins.ses.mail import SentMail
from local.traffic import invitations
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from ops.stage.log_lines import LogLine
from ops.trace.mails import mail_results
from ops.trace.search import find_journeys
from schemas.contacts import CONTACT_EMAIL_STATUS
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND, Template
from schemas.event_type import EventType
from schemas.mail_tags import MailTags
from schemas.names import resource_name
from schemas.reasons import Outcome
from schemas.ses import SES_EVENT
from schemas.suppression import EMAIL_SUPPRESSION, suppression_key
from schemas.users import USER_INVITED
from tests.e2e.scene import Scene, message

MORNING = datetime(2026, 4, 14, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Invited:
    """An invitation that was sent, and the line of its mail."""

    accepted: AcceptedPublication
    mailed: LogLine

    @property
    def subject(self) -> str:
        return str(message(self.accepted.publication.body)["payload"]["invitationId"])


def invite(scene: Scene, email: str, company: str) -> Invited:
    """Invite somebody, and wait until the mail is sent or skipped."""
    example = scene.traffic.publication(invitations.by_name, PublicationDoor.QUEUE, number=next(scene.numbers))
    payload = message(example.body)["payload"] | {"email": email, "companyId": company, "invitationId": str(uuid4())}
    accepted = scene.publish_message(USER_INVITED, payload, subject=payload["invitationId"])
    return Invited(accepted, scene.outcome_at(accepted.id, EMAIL_SEND.name))


def reported(scene: Scene, invited: Invited, outcome: EventType[Any]) -> Sequence[LogLine]:
    """Wait for the outcome of an invitation's mail and for all that follows from it; return these lines."""
    decided = scene.outcome_at(invited.mailed.id, outcome.name)
    return [decided, *scene.follow_ups_of(decided)]


def traced(scene: Scene, invited: Invited) -> str:
    """The answer of `taly-async trace` about the mail of an invitation."""
    roots = find_journeys(scene.stage.deployed, invited.accepted.id, datetime.fromtimestamp(0, UTC)).roots
    result = mail_results(roots)
    return result.sentence if result else ""


def activities(scene: Scene, invited: Invited) -> list[tuple[str, str]]:
    """Kind and sentence of the activities about an invitation."""
    calls = scene.stage.crm.state.calls_about(invited.subject)
    return [(call.body["activity"], call.body["summary"]) for call in calls if call.accepted]


def informed(scene: Scene, email: str) -> list[str]:
    """The statuses of an address that the CRM was informed of."""
    calls = [call for call in scene.stage.crm.state.calls() if call.path.endswith("/contacts/email-status")]
    return [call.body["status"] for call in calls if call.accepted and call.body["email"] == email]


def test_a_delivered_mail_is_shown_as_delivered(scene: Scene) -> None:
    invited = invite(scene, f"success+{uuid4()}@{SIMULATOR}", str(uuid4()))

    lines = reported(scene, invited, EMAIL_DELIVERED)

    (mail,) = scene.mails_of([invited.mailed])
    (event,) = scene.stage.ses.state.events_about(mail)
    at = datetime.fromisoformat(event["detail"]["delivery"]["timestamp"])
    assert traced(scene, invited) == f"delivered {at:%H:%M:%S}"
    ((activity, summary),) = activities(scene, invited)
    assert activity == "email.delivered"
    assert summary.endswith(" delivered")
    assert {line.correlation_id for line in lines} == {invited.accepted.id}
    assert lines[0].causation_id == invited.mailed.id


def test_a_bounced_mail_is_shown_and_the_address_gets_no_second(scene: Scene) -> None:
    email, company = f"bounce+{uuid4()}@{SIMULATOR}", str(uuid4())
    invited = invite(scene, email, company)
    reported(scene, invited, EMAIL_BOUNCED)

    second = invite(scene, email, company)

    assert traced(scene, invited).startswith("bounced: the mailbox is unknown")
    ((activity, summary),) = activities(scene, invited)
    assert activity == "email.bounced"
    assert "the mailbox is unknown" in summary
    assert informed(scene, email) == ["bounced"]
    assert second.mailed.what is Outcome.SKIPPED
    assert traced(scene, second).startswith("skipped: suppressed: ")
    assert scene.mails_of([second.mailed]) == []


def test_a_complaint_is_shown_and_the_address_gets_no_second(scene: Scene) -> None:
    email, company = f"complaint+{uuid4()}@{SIMULATOR}", str(uuid4())
    invited = invite(scene, email, company)
    reported(scene, invited, EMAIL_DELIVERED)
    reported(scene, invited, EMAIL_COMPLAINED)

    second = invite(scene, email, company)

    assert traced(scene, invited) == "complained: the recipient marked it as spam"
    assert sorted(activity for activity, _ in activities(scene, invited)) == ["email.complained", "email.delivered"]
    assert informed(scene, email) == ["complained"]
    assert second.mailed.what is Outcome.SKIPPED
    assert scene.mails_of([second.mailed]) == []


def test_a_late_report_suppresses_from_then_on(scene: Scene) -> None:
    email, company = f"bounce+{uuid4()}@{SIMULATOR}", str(uuid4())
    with scene.stage.ses.state.holding_back():
        first, second = invite(scene, email, company), invite(scene, email, company)
    for each in (first, second):
        reported(scene, each, EMAIL_BOUNCED)

    third = invite(scene, email, company)

    assert [each.mailed.what for each in (first, second, third)] == [
        Outcome.SUCCEEDED,
        Outcome.SUCCEEDED,
        Outcome.SKIPPED,
    ]


def test_another_company_still_writes_to_a_suppressed_address(scene: Scene) -> None:
    email = f"bounce+{uuid4()}@{SIMULATOR}"
    reported(scene, invite(scene, email, str(uuid4())), EMAIL_BOUNCED)

    others = invite(scene, email, str(uuid4()))

    assert others.mailed.what is Outcome.SUCCEEDED
    assert [mail.to for mail in scene.mails_of([others.mailed])] == [(email,)]


def test_a_soft_bounce_suppresses_nothing(scene: Scene) -> None:
    email, company = f"ooto+{uuid4()}@{SIMULATOR}", str(uuid4())
    invited = invite(scene, email, company)

    followed = reported(scene, invited, EMAIL_BOUNCED)

    assert {EMAIL_SUPPRESSION.name, CONTACT_EMAIL_STATUS.name}.isdisjoint(line.service for line in followed)
    assert invite(scene, email, company).mailed.what is Outcome.SUCCEEDED


@pytest.mark.parametrize("addresses", [17, pytest.param(167, marks=pytest.mark.long)], ids=["a hundred", "a thousand"])
def test_shuffled_and_doubled_events_end_in_the_same_state(scene: Scene, addresses: int) -> None:
    company, random = str(uuid4()), Random(23)  # noqa: S311 no secret
    events: list[Mapping[str, Any]] = []
    expected = {}
    for number in range(addresses):
        email = f"shuffled-{number}@example.com"
        last, by_type = _history(_mail(email, company, number), random)
        expected[email] = last
        events += by_type
    doubled = [*events, *events]
    random.shuffle(doubled)

    scene.stage.ses.state.publish(doubled)

    assert len(doubled) >= addresses * 6
    scene.eventually(
        lambda: _kept(scene, company, expected) == expected, what=f"the state of {addresses} addresses after all events"
    )
    ids = {event["id"] for event in events}
    lines = scene.eventually(
        lambda: _all_final(scene, ids, runs=len(doubled)), what=f"the outcomes of {len(doubled)} events"
    )
    assert {line.what for line in lines} == {Outcome.SUCCEEDED}
    assert _kept(scene, company, expected) == expected
    times = scene.stage.crm.state.times_accepted()
    assert {times for key, times in times.items() if key.startswith(f"{CONTACT_EMAIL_STATUS.name}/{company}/")} == {1}


def _history(mail: SentMail, random: Random) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """A delivery, a bounce and a complaint about one mail, minutes apart in any order; and which suppresses."""
    minutes = random.sample(range(60), 3)
    at = dict(zip(MailEvent, (MORNING + timedelta(minutes=each) for each in minutes), strict=True))
    last = "bounced" if at[MailEvent.BOUNCE] > at[MailEvent.COMPLAINT] else "complained"
    return last, [event_about(mail, event, mail.to[0], moment) for event, moment in at.items()]


def _mail(email: str, company: str, number: int) -> SentMail:
    """A mail of a company's, as if a job had sent it."""
    tags = MailTags(
        company_id=company,
        message_id=f"shuffled-{number}",
        correlation_id=f"shuffled-{number}",
        template=Template.USER_INVITATION,
        subject_id=f"invitation-{number}",
        texted=False,
    )
    return SentMail(
        to=(email,),
        sender="Taly <no-reply@mail.taly.example>",
        subject="Welcome",
        text="Welcome",
        html="<p>Welcome</p>",
        tags=tags.encoded(),
        configuration_set=resource_name("local"),
        ses_id=f"{company}-{number}",
        at=MORNING - timedelta(minutes=1),
    )


def _all_final(scene: Scene, ids: set[str], *, runs: int) -> list[LogLine] | None:
    """The final lines of these reports and of all that follows, once each report was processed as often as it came."""
    read = scene.records.lines()
    reports = [line for line in read if line.service == SES_EVENT.name and line.id in ids and line.final]
    outcomes = [line for line in read if line.id in {each for report in reports for each in report.follow_ups}]
    follow_ups = {each for line in outcomes for each in line.follow_ups}
    final = {line.id for line in read if line.final}
    expected = {each for report in reports for each in report.follow_ups} | follow_ups
    return [*reports, *outcomes] if len(reports) >= runs and expected <= final else None


def _kept(scene: Scene, company: str, emails: Mapping[str, str]) -> dict[str, str]:
    """The items of the suppression list about these addresses."""
    client = scene.stage.endpoint.client
    function = client("lambda").get_function_configuration(FunctionName=resource_name("local", EMAIL_SEND.name))
    variables = function["Environment"]["Variables"]
    secret = scene.stage.endpoint.secrets.get_secret_value(SecretId=variables["SUPPRESSION_KEY_SECRET_ARN"])
    keys = {email: suppression_key(secret["SecretString"].encode(), company, email) for email in emails}
    kept = {}
    for email, key in keys.items():
        item = client("dynamodb").get_item(TableName=variables["IDEMPOTENCY_TABLE_NAME"], Key={"id": {"S": key}})
        if "Item" in item:
            kept[email] = item["Item"]["suppression"]["S"]
    return kept


def test_no_trace_of_an_outcome_names_an_address(scene: Scene) -> None:
    email = f"bounce+{uuid4()}@{SIMULATOR}"
    invited = invite(scene, email, str(uuid4()))
    reported(scene, invited, EMAIL_BOUNCED)

    logged = scene.stage.deployed.log_groups
    texts = [
        event["message"]
        for group in logged.values()
        for page in scene.stage.endpoint.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]

    assert any(invited.mailed.id in text for text in texts)
    assert [text for text in texts if email in text] == []
    assert json.dumps(scene.stage.slack.state.cards()).count(email) == 0
