"""A webhook endpoint fails for days: the activity is recorded, and the company's admins are mailed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.webhook_endpoint_failing.handler import handler
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.crm import CompanyAdmins, read
from schemas.emails import EmailSend, Template
from schemas.message import Message
from schemas.webhooks import WebhookEndpointFailing
from tests.messages import COMPANY, company_admins, failing_endpoint, text


class FakeCrm:
    def __init__(self, *addresses: str, **changes: Any) -> None:
        self.answer = company_admins(*addresses) | changes
        self.requests: list[str] = []

    def admins(self, company_id: str) -> CompanyAdmins:
        self.requests.append(company_id)
        return read(CompanyAdmins, text(self.answer).encode())


def run(crm: FakeCrm, **payload: Any) -> Iterable[FollowUp]:
    message = Message[WebhookEndpointFailing].model_validate_json(text(failing_endpoint(**payload)))
    return handler.decide(message, crm=crm) or ()


def decide(*addresses: str, **payload: Any) -> list[FollowUp]:
    return list(run(FakeCrm(*addresses), **payload))


def mails(follow_ups: Iterable[FollowUp]) -> list[EmailSend]:
    return [each.payload for each in follow_ups if isinstance(each, Emit) and isinstance(each.payload, EmailSend)]


def test_the_activity_says_which_endpoint_fails_since_when_and_how() -> None:
    first = decide("ada@example.com")[0]

    since = "Saturday, 11 April 2026, 14:00 (UTC)"
    assert isinstance(first, Emit)
    assert first.event_type is ACTIVITY_RECORD
    assert first.payload == ActivityRecord(
        company_id=COMPANY,
        activity=Activity.WEBHOOK_ENDPOINT_FAILING,
        subject_id="we_1",
        summary=f"Webhook endpoint we_1 has failed since {since}: the endpoint answered 503",
        occurred_at=datetime(2026, 4, 14, 14, tzinfo=UTC),
    )


@pytest.mark.parametrize("answer", ["no\n\u202eanswer", "no answer\u2028"])
def test_the_activity_is_one_line_whatever_the_answer(answer: str) -> None:
    first = decide("ada@example.com", lastAnswer=answer)[0]

    assert isinstance(first, Emit)
    assert isinstance(first.payload, ActivityRecord)
    assert first.payload.summary.endswith("(UTC): no answer")


def test_the_longest_id_and_answer_have_room_in_the_activity() -> None:
    first = decide("ada@example.com", endpointId="a" * 64, lastAnswer="é" * 300)[0]

    assert isinstance(first, Emit)
    assert isinstance(first.payload, ActivityRecord)
    assert first.payload.summary.endswith("é" * 300)


def test_each_admin_gets_a_mail_in_their_own_zone() -> None:
    crm = FakeCrm("ada@example.com", "grace@example.com")

    sent = mails(run(crm))

    assert [mail.to.email for mail in sent] == ["ada@example.com", "grace@example.com"]
    assert {mail.to.time_zone for mail in sent} == {"Europe/Berlin"}
    assert {mail.company_name for mail in sent} == {"Café Zoë"}
    assert crm.requests == [COMPANY]


def test_the_mail_has_the_endpoint_its_last_answer_and_what_happens_next() -> None:
    (mail,) = mails(decide("ada@example.com"))

    assert mail.template is Template.WEBHOOK_FAILING
    assert mail.values == {
        "endpoint": "we_1",
        "failingSince": "2026-04-11T14:00:00+00:00",
        "lastAnswer": "the endpoint answered 503",
        "disabledFrom": "2026-04-16T14:00:00+00:00",
    }


def test_the_mail_is_too_late_once_the_endpoint_is_disabled() -> None:
    (mail,) = mails(decide("ada@example.com"))

    assert mail.ends_at() == datetime(2026, 4, 16, 14, tzinfo=UTC)


def test_two_admins_with_one_id_get_one_mail() -> None:
    assert (
        len(mails(run(FakeCrm(admins=[{"id": "1", "email": "ada@example.com"}, {"id": "1", "email": "b@c.de"}])))) == 1
    )


def test_admin_who_cannot_be_read_costs_that_mail_alone() -> None:
    follow_ups = list(run(FakeCrm(admins=[{"id": "1", "email": "joan at example"}, {"email": "ada@example.com"}])))

    assert [mail.to.email for mail in mails(follow_ups)] == ["ada@example.com"]
    assert [each.sentence.partition(":")[0] for each in follow_ups if isinstance(each, LeftOut)] == ["admins[0].email"]


def test_company_without_a_readable_admin_is_no_silent_skip() -> None:
    with pytest.raises(UnreadableError, match="none of the company's admins can be notified"):
        list(run(FakeCrm(admins=[{"email": "ada at example"}])))


@pytest.mark.parametrize("name", [None, 7, ""], ids=ascii)
def test_company_without_a_name_is_left_to_the_mails_words(name: object) -> None:
    (mail,) = mails(run(FakeCrm("ada@example.com", companyName=name)))

    assert mail.company_name is None


def test_company_without_admins_is_skipped_after_the_activity() -> None:
    yielded: list[FollowUp] = []

    with pytest.raises(Skip, match="no admin"):
        yielded.extend(run(FakeCrm()))

    assert [type(each.payload) for each in yielded if isinstance(each, Emit)] == [ActivityRecord]
