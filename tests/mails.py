"""Mails as the reactions emit them, decoded from the wire as in `email.send`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lambdas.appointment_reminder import texts as reminder_texts
from lambdas.booking_created.handler import confirmation
from lambdas.common import appointments
from lambdas.common.emails.admins import mail_admins
from lambdas.common.follow_ups import Emit
from lambdas.payment_failed import handler as payment_failed
from lambdas.report_ready.handler import link
from lambdas.user_invited.handler import invitation
from lambdas.webhook_endpoint_failing import handler as endpoint_failing
from schemas.bookings import BookingCreated
from schemas.crm import Admin, Appointment, CompanyAdmins
from schemas.emails import EmailSend, Recipient, Template
from schemas.message import Message
from schemas.payments import PaymentFailed
from schemas.reports import ReportReady
from schemas.users import UserInvited
from schemas.webhooks import WebhookEndpointFailing
from tests.messages import BOOKING, COMPANY, booking_payload, failing_endpoint, text


@dataclass(frozen=True, kw_only=True)
class Words:
    """Values from the CRM that appear in mails."""

    company: str = "Cafe Zoe"
    recipient: str = "Ada Lovelace"
    recipient_if_known: str | None = "Ada Lovelace"
    """The recipient of a mail that may go to an unknown name."""

    colleague: str = "Grace Hopper"
    service: str = "Haircut"
    title: str = "Revenue, first quarter"

    invoice: str = "INV-2024-0042"
    address: str = "https://app.taly.dev/open?token=example"
    answer: str = "the endpoint answered 503"
    decline_code: str | None = "insufficient_funds"
    amount: int = 123450
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    locale: str | None = "en"


PLAIN = Words()

HARD = Words(
    company="""<b>"Zoë's" & Söhne</b> 理容室ゾエ""",
    recipient="مريم بنت <i>محمد</i> 💇🏽‍♀️",
    recipient_if_known=None,
    colleague="山田 </td> '花子' & \"Co\"",
    service="Donaudampfschifffahrtsgesellschaft" * 5 + "<script>alert(1)</script>",
    title="תשואה 収益 📈 " + "Donaudampfschifffahrtsgesellschaft" * 5,
    invoice="№" + "0123456789" * 6 + "<&>",
    address="https://app.taly.dev/open/" + "a1b2c3d4e5" * 20 + "?token=it's&more=[1]",
    answer="<b>503</b> & " + "Donaudampfschifffahrtsgesellschaft" * 5,
    decline_code=None,
    amount=9_007_199_254_740_991,
    currency="KWD",
    zone="Asia/Kathmandu",
)
"""Markup, quotes, right-to-left scripts, scripts without spaces, emoji, words of 200 characters.

The time zone has a name without letters, and the recipient has no name.
"""


BLANK = (
    *(" ", "\u00a0", "\u3000 \t", "\n", "\x00", "\x85"),
    *("\u200b", "\u200d", "\ufeff\u2060", "\u202e", "\u3164", "\u2800"),
)
"""Names that show nothing: blanks, zero-width, bidirectional and control characters, and fillers."""

ODD = (
    *(chr(code) for code in (0x00, 0x07, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B, 0x1C, 0x7F, 0x85, 0x9B, 0x2028, 0x2029)),
    *(chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
)
"""Control characters, line ends and bidirectional controls."""


def mail(template: Template, words: Words = PLAIN) -> EmailSend:
    """The mail from the code of the reaction that emits it."""
    reactions: Mapping[Template, Callable[[Words], EmailSend]] = {
        Template.BOOKING_CONFIRMATION: _confirmation,
        Template.APPOINTMENT_REMINDER: _reminder,
        Template.APPOINTMENT_MOVED: _moved,
        Template.APPOINTMENT_CANCELLED: _cancelled,
        Template.REPORT_READY: _report,
        Template.PAYMENT_FAILED: _payment,
        Template.WEBHOOK_FAILING: _webhook,
        Template.USER_INVITATION: _invitation,
    }
    return EmailSend.model_validate_json(reactions[template](words).model_dump_json())


def changed(email: EmailSend, **values: Any) -> EmailSend:
    """The mail with other values; values `...` are removed."""
    kept = {name: value for name, value in {**email.values, **values}.items() if value is not ...}
    return email.model_copy(update={"values": kept})


def _confirmation(words: Words) -> EmailSend:
    customer = {"name": words.recipient, "email": "ada@example.com", "phone": "+14155550123", "locale": words.locale}
    payload = booking_payload(
        companyName=words.company,
        customer=customer,
        service=words.service,
        staff=words.colleague,
        timeZone=words.zone,
    )
    return confirmation(BookingCreated.model_validate_json(text(payload)))


def _reminder(words: Words) -> EmailSend:
    return reminder_texts.email(_appointment(words, "confirmed"), "ada@example.com", texted=True)


def _moved(words: Words) -> EmailSend:
    return appointments.email(Template.APPOINTMENT_MOVED, _appointment(words, "confirmed"), "ada@example.com")


def _cancelled(words: Words) -> EmailSend:
    return appointments.email(Template.APPOINTMENT_CANCELLED, _appointment(words, "cancelled"), "ada@example.com")


def _appointment(words: Words, status: str) -> Appointment:
    appointment = {
        "id": BOOKING,
        "companyId": COMPANY,
        "companyName": words.company,
        "companyEmail": "hello@cafe-zoe.example",
        "unsubscribeUrl": words.address,
        "version": 3,
        "status": status,
        "customer": {"name": words.recipient, "email": "ada@example.com", "locale": words.locale},
        "service": words.service,
        "staff": words.colleague,
        "startTime": "2026-04-15T14:00:00Z",
        "endTime": "2026-04-15T14:45:00Z",
        "timeZone": words.zone,
    }
    return Appointment.model_validate_json(text(appointment))


def _report(words: Words) -> EmailSend:
    recipient = {
        "email": "ada@example.com",
        "name": words.recipient_if_known,
        "locale": words.locale,
        "timeZone": words.zone,
    }
    payload = {
        "companyId": COMPANY,
        "reportId": BOOKING,
        "companyName": words.company,
        "title": words.title,
        "format": "pdf",
        "downloadUrl": words.address,
        "expiresAt": "2026-04-21T14:00:00Z",
        "recipients": [recipient],
    }
    report = ReportReady.model_validate_json(text(payload))
    return link(report, report.recipients[0])


def _payment(words: Words) -> EmailSend:
    message = {
        "type": "payment.failed",
        "payload": {
            "companyId": COMPANY,
            "paymentId": "in_1MtHbELkdIwHu7ix",
            "invoice": words.invoice,
            "money": {"amount": words.amount, "currency": words.currency},
            "declineCode": words.decline_code,
            "attemptCount": 4,
        },
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
    }
    failed = Message[PaymentFailed].model_validate_json(text(message))
    return _to_admin(words, partial(payment_failed.admin_email, failed))


def _webhook(words: Words) -> EmailSend:
    failing = failing_endpoint(endpointId=BOOKING, lastAnswer=words.answer)
    endpoint = WebhookEndpointFailing.model_validate_json(text(failing["payload"]))
    return _to_admin(words, partial(endpoint_failing.admin_email, endpoint))


def _to_admin(words: Words, mail: Callable[[str | None, Recipient], EmailSend]) -> EmailSend:
    admin = {
        "id": "admin-1",
        "name": words.recipient,
        "email": "ada@example.com",
        "locale": words.locale,
        "timeZone": words.zone,
    }
    admins = (Admin.model_validate_json(text(admin)),)
    (emit,) = mail_admins(CompanyAdmins.model_construct(company_name=words.company, admins=admins), mail)
    assert isinstance(emit, Emit)
    assert isinstance(emit.payload, EmailSend)
    return emit.payload


def _invitation(words: Words) -> EmailSend:
    payload = {
        "companyId": COMPANY,
        "invitationId": BOOKING,
        "companyName": words.company,
        "email": "ada@example.com",
        "name": words.recipient_if_known,
        "locale": words.locale,
        "inviter": words.colleague,
        "acceptUrl": words.address,
        "expiresAt": "2026-04-21T14:00:00Z",
        "timeZone": words.zone,
    }
    return invitation(UserInvited.model_validate_json(text(payload)))
