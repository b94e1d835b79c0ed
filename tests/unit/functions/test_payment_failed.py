"""A payment was declined: a retry is scheduled, or the company's admins are notified."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Schedule
from lambdas.payment_failed.dunning import Dunning
from lambdas.payment_failed.handler import handler
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.crm import CompanyAdmins, PaymentState, read
from schemas.emails import EmailSend, Template
from schemas.message import Message
from schemas.payments import HARD_DECLINES, PAYMENT_RETRY, PaymentFailed, PaymentRetry
from tests.fakes.function import NOW
from tests.messages import COMPANY, company_admins, failed_payment, text

DUNNING = Dunning([timedelta(days=1), timedelta(days=3), timedelta(days=5)])


class FakeCrm:
    def __init__(self, *addresses: str, status: object = "open") -> None:
        self.answer = company_admins(*addresses)
        self.status = status
        self.requests: list[str] = []

    def payment(self, payment_id: str) -> PaymentState:
        self.requests.append(payment_id)
        return read(PaymentState, text({"status": self.status}).encode())

    def admins(self, company_id: str) -> CompanyAdmins:
        self.requests.append(company_id)
        return read(CompanyAdmins, text(self.answer).encode())


def run(
    crm: FakeCrm | None = None, *, dunning: Dunning = DUNNING, now: datetime = NOW, **payload: Any
) -> Iterable[FollowUp]:
    message = Message[PaymentFailed].model_validate_json(text(failed_payment(**payload)))
    crm = crm or FakeCrm("ada@example.com")
    return handler.decide(message, crm=crm, dunning=dunning, clock=Clock(lambda: now)) or ()


def decide(crm: FakeCrm | None = None, **given: Any) -> list[FollowUp]:
    return list(run(crm, **given))


def mails(follow_ups: list[FollowUp]) -> list[EmailSend]:
    return [each.payload for each in follow_ups if isinstance(each, Emit) and isinstance(each.payload, EmailSend)]


def schedules(follow_ups: list[FollowUp]) -> list[Schedule]:
    return [each for each in follow_ups if isinstance(each, Schedule)]


@pytest.mark.parametrize("early", [timedelta(seconds=1), timedelta(days=400), timedelta(days=365 * 900)])
def test_by_a_clock_that_is_ahead_a_retry_is_not_late(early: timedelta) -> None:
    (retry,) = schedules(decide(now=NOW - early))

    assert retry.at == NOW - early + timedelta(days=1)


def test_a_late_message_is_retried_when_it_would_have_been() -> None:
    (retry,) = schedules(decide(now=NOW + timedelta(hours=20)))

    assert retry.at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "addresses",
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@example.com", "ada@EXAMPLE.com"),
        ("Ada@Example.com", "ada@example.com"),
    ],
)
def test_two_admins_with_one_address_get_one_mail(addresses: tuple[str, str]) -> None:
    assert len(mails(decide(FakeCrm(*addresses, "grace@example.com"), declineCode="lost_card"))) == 2


def test_the_order_of_the_admins_does_not_change_the_ids() -> None:
    ids = [
        {each.discriminator for each in decide(FakeCrm(*order), declineCode="lost_card") if isinstance(each, Emit)}
        for order in (("ada@example.com", "grace@example.com"), ("grace@example.com", "ada@example.com"))
    ]

    assert ids[0] == ids[1]


@pytest.mark.parametrize("code", [None, "insufficient_funds", "do_not_honor", "never_heard_of_it", "lost_card"])
@pytest.mark.parametrize("attempt", [1, 3, 4, 99])
def test_failed_payment_activity_is_always_recorded(code: str | None, attempt: int) -> None:
    first = decide(declineCode=code, attemptCount=attempt)[0]

    assert isinstance(first, Emit)
    assert first.event_type is ACTIVITY_RECORD
    assert isinstance(first.payload, ActivityRecord)
    assert first.payload.activity is Activity.PAYMENT_FAILED
    assert first.payload.subject_id == "in_1MtHbELkdIwHu7ix"
    assert first.payload.summary == f"Payment of invoice INV-2026-0042 declined, attempt {attempt}"


@pytest.mark.parametrize(("invoice", "shown"), [("A\n\u202e1", "invoice A 1 declined"), ("\u00a0", "invoice declined")])
def test_activity_is_one_line_whatever_the_invoices_number(invoice: str, shown: str) -> None:
    first = decide(invoice=invoice)[0]

    assert isinstance(first, Emit)
    assert isinstance(first.payload, ActivityRecord)
    assert first.payload.summary == f"Payment of {shown}, attempt 1"


@pytest.mark.parametrize(("attempt", "day"), [(1, 15), (2, 17), (3, 19)])
def test_soft_decline_schedules_a_retry(attempt: int, day: int) -> None:
    crm = FakeCrm("ada@example.com")

    follow_ups = decide(crm, attemptCount=attempt)

    (retry,) = schedules(follow_ups)
    assert retry.event_type is PAYMENT_RETRY
    assert retry.at == datetime(2026, 4, day, 14, 0, tzinfo=UTC)
    assert retry.key == f"payment/{COMPANY}/in_1MtHbELkdIwHu7ix/{attempt + 1}"
    assert retry.payload == PaymentRetry(company_id=COMPANY, payment_id="in_1MtHbELkdIwHu7ix", attempt=attempt + 1)
    assert mails(follow_ups) == []
    assert crm.requests == []


@pytest.mark.parametrize("code", [None, "insufficient_funds", "do_not_honor", "never_heard_of_it"])
def test_unlisted_decline_code_is_soft(code: str | None) -> None:
    assert schedules(decide(declineCode=code))


def test_missing_decline_code_is_soft() -> None:
    message = failed_payment()
    del message["payload"]["declineCode"]
    parsed = Message[PaymentFailed].model_validate_json(text(message))

    assert not parsed.payload.is_hard


@pytest.mark.parametrize("code", sorted(HARD_DECLINES))
def test_hard_decline_is_emailed_to_each_admin_without_retry(code: str) -> None:
    follow_ups = decide(FakeCrm("ada@example.com", "grace@example.com"), declineCode=code)

    assert schedules(follow_ups) == []
    assert [mail.to.email for mail in mails(follow_ups)] == ["ada@example.com", "grace@example.com"]
    assert len({each.discriminator for each in follow_ups if isinstance(each, Emit)}) == 3


@pytest.mark.parametrize("attempt", [4, 5, 2**53 - 1])
def test_admins_are_emailed_after_the_last_retry(attempt: int) -> None:
    follow_ups = decide(attemptCount=attempt)

    assert schedules(follow_ups) == []
    (mail,) = mails(follow_ups)
    assert mail.template is Template.PAYMENT_FAILED
    assert mail.company_name == "Café Zoë"
    assert mail.to.time_zone == "Europe/Berlin"
    assert mail.values == {
        "invoice": "INV-2026-0042",
        "amount": 4900,
        "currency": "EUR",
        "declineCode": "insufficient_funds",
        "attemptCount": attempt,
        "failedAt": "2026-04-14T14:00:00+00:00",
    }


def hard_decline(admins: object) -> list[FollowUp]:
    crm = FakeCrm()
    crm.answer["admins"] = admins
    return decide(crm, declineCode="lost_card")


ADA = {"id": "admin-1", "name": "Ada", "email": "ada@example.com"}


@pytest.mark.parametrize(
    "odd",
    [None, 7, {}, {"id": "admin-2"}, {"id": "admin-2", "email": "joan at example"}, {"email": "jöan@example.com"}],
    ids=ascii,
)
def test_admin_who_cannot_be_read_costs_that_mail_alone(odd: object) -> None:
    follow_ups = hard_decline([odd, ADA, odd])

    assert [mail.to.email for mail in mails(follow_ups)] == ["ada@example.com"]
    places = [each.sentence.partition(":")[0].partition(".")[0] for each in follow_ups if isinstance(each, LeftOut)]
    assert places == ["admins[0]", "admins[2]"]


@pytest.mark.parametrize("field", ["id", "name", "locale", "timeZone"])
@pytest.mark.parametrize("value", [None, 7, "", ["x"]], ids=ascii)
def test_odd_field_of_an_admin_costs_no_mail(field: str, value: object) -> None:
    follow_ups = hard_decline([ADA | {field: value}, {"email": "grace@example.com"}])

    assert [mail.to.email for mail in mails(follow_ups)] == ["ada@example.com", "grace@example.com"]


def test_admin_with_an_internationalised_domain_gets_the_mail() -> None:
    (mail,) = mails(hard_decline([ADA | {"email": "ada@müller.example"}]))

    assert mail.to.email == "ada@xn--mller-kva.example"


@pytest.mark.parametrize("again", [ADA, ADA | {"email": "a@b.example"}, {"email": "ADA@example.com"}], ids=ascii)
def test_admin_who_is_listed_twice_gets_one_mail(again: dict[str, Any]) -> None:
    assert [mail.to.email for mail in mails(hard_decline([ADA, again]))] == ["ada@example.com"]


def test_company_without_a_readable_admin_is_no_silent_skip() -> None:
    with pytest.raises(UnreadableError, match=r"none of the company's admins can be notified; .*: admins\[0\].email: "):
        hard_decline([{"id": "admin-1", "email": "ada at example"}])


@pytest.mark.parametrize("name", [None, 7, ""], ids=ascii)
def test_company_without_a_name_is_left_to_the_mails_words(name: object) -> None:
    crm = FakeCrm("ada@example.com")
    crm.answer["companyName"] = name

    (mail,) = mails(decide(crm, declineCode="lost_card"))

    assert mail.company_name is None


def test_what_nobody_may_charge_again_is_emailed_to_the_admins() -> None:
    follow_ups = decide(attemptCount=1, chargeable=False)

    assert schedules(follow_ups) == []
    assert len(mails(follow_ups)) == 1


@pytest.mark.parametrize("status", ["open", "void", None])
def test_admins_are_emailed_unless_the_payment_is_paid(status: str | None) -> None:
    crm = FakeCrm("ada@example.com", status=status)

    assert len(mails(decide(crm, declineCode="lost_card"))) == 1
    assert crm.requests == ["in_1MtHbELkdIwHu7ix", COMPANY]


@pytest.mark.parametrize("payload", [{"declineCode": "lost_card"}, {"attemptCount": 4}, {"chargeable": False}])
def test_admins_are_not_emailed_about_what_was_paid(payload: dict[str, Any]) -> None:
    yielded: list[FollowUp] = []
    crm = FakeCrm("ada@example.com", status="paid")

    with pytest.raises(Skip, match="made meanwhile"):
        yielded.extend(run(crm, **payload))

    assert [type(each.payload) for each in yielded if isinstance(each, Emit)] == [ActivityRecord]
    assert crm.requests == ["in_1MtHbELkdIwHu7ix"]


@pytest.mark.parametrize("status", ["PAID", " Paid "])
def test_paid_is_read_in_any_letter_case(status: str) -> None:
    with pytest.raises(Skip, match="made meanwhile"):
        decide(FakeCrm("ada@example.com", status=status), declineCode="lost_card")


def test_state_that_cannot_be_read_is_named_and_costs_no_email() -> None:
    follow_ups = decide(FakeCrm("ada@example.com", status=7), declineCode="lost_card")

    assert [mail.to.email for mail in mails(follow_ups)] == ["ada@example.com"]
    assert LeftOut("status: must be a string, found a number") in follow_ups


def test_stage_without_retries_emails_the_admins_at_once() -> None:
    assert mails(decide(dunning=Dunning([])))


def test_company_without_admins_is_skipped_after_the_activity() -> None:
    yielded: list[FollowUp] = []

    with pytest.raises(Skip, match="no admin"):
        yielded.extend(run(FakeCrm(), declineCode="lost_card"))

    assert len(yielded) == 1


def wanting(*channels: object) -> FakeCrm:
    """A CRM with an admin for each of these wishes."""
    crm = FakeCrm(*(f"admin-{number}@example.com" for number, _ in enumerate(channels)))
    for admin, wish in zip(crm.answer["admins"], channels, strict=True):
        admin["channels"] = wish
    return crm


def test_admins_are_mailed_who_want_to_hear_by_email() -> None:
    crm = wanting(["email"], ["sms"], None, [], ["push"], ["EMAIL ", "push"])

    follow_ups = decide(crm, declineCode="stolen_card")

    assert [mail.to.email for mail in mails(follow_ups)] == [
        *("admin-0@example.com", "admin-2@example.com", "admin-5@example.com")
    ]


def test_a_company_whose_admins_want_no_email_is_skipped() -> None:
    follow_ups: list[FollowUp] = []

    with pytest.raises(Skip, match="no admin who wants to hear by email"):
        follow_ups.extend(run(wanting(["sms"], []), declineCode="stolen_card"))

    assert [each.event_type for each in follow_ups if isinstance(each, Emit)] == [ACTIVITY_RECORD]


def test_an_admin_that_cannot_be_read_may_want_emails() -> None:
    crm = wanting(["sms"], ["email"])
    crm.answer["admins"][1]["email"] = "nobody"

    with pytest.raises(UnreadableError, match=r"admins\[1\].email"):
        decide(crm, declineCode="stolen_card")
