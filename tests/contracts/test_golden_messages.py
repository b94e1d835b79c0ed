"""Golden messages of all released contracts are still read and handled."""

import importlib
import json
from datetime import datetime
from typing import Any

import pytest

from lambdas.common.clients.clock import Clock
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.clients.sms import Sms
from lambdas.common.handlers import Handler
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.posting import Webhooks
from ops.contracts.releases.history import ENVELOPE, ReleaseHistory
from schemas.activities import ActivityRecord
from schemas.catalogue import ALERTS, ALL_BY_NAME, BY_NAME
from schemas.contacts import ContactEmailStatus, ContactSmsStatus
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks, PaymentState
from schemas.decoding import decode, decode_strictly
from schemas.event_type import EventType
from schemas.message import Message
from schemas.payments import PaymentRetry
from schemas.problems import Refusal
from schemas.reasons import Outcome, Reason
from schemas.reports import ReportGenerate
from schemas.webhooks import WebhookEndpointDisabled
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import appointment, company_admins, company_webhooks, text

HISTORY = ReleaseHistory()
RELEASED = sorted(name for name in HISTORY.revisions() if name != ENVELOPE)
GOLDEN_MESSAGES = [(name, title, message) for name in RELEASED for title, message in HISTORY.golden(name).items()]


def type_of(name: str) -> str:
    return name.rpartition(".v")[0]


GOLDEN = pytest.mark.parametrize(
    ("name", "message"),
    [(name, message) for name, _, message in GOLDEN_MESSAGES if type_of(name) in BY_NAME],
    ids=[f"{name}: {title}" for name, title, _ in GOLDEN_MESSAGES if type_of(name) in BY_NAME],
)


class AcceptingCrm:
    """A CRM that has every record and accepts every write."""

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        return Appointment.model_validate_json(text(appointment(id=appointment_id, companyId=company_id)))

    def admins(self, _company_id: str) -> CompanyAdmins:
        return CompanyAdmins.model_validate_json(text(company_admins("ada@example.com")))

    def webhooks(self, _company_id: str, _event: str) -> CompanyWebhooks:
        return CompanyWebhooks.model_validate_json(text(company_webhooks("we_0", "we_1")))

    def retry_payment(self, retry: PaymentRetry, *, idempotency_key: str) -> None:
        assert retry.payment_id
        assert idempotency_key

    def payment(self, payment_id: str) -> PaymentState:
        assert payment_id
        return PaymentState(status="open", retries=1)

    def generate_report(self, report: ReportGenerate, *, idempotency_key: str) -> None:
        assert report.report_id
        assert idempotency_key

    def record_activity(self, activity: ActivityRecord, *, idempotency_key: str) -> None:
        assert activity.summary
        assert idempotency_key

    def disable_endpoint(
        self, endpoint: WebhookEndpointDisabled, *, disabled_at: datetime, idempotency_key: str
    ) -> None:
        assert endpoint.endpoint_id
        assert disabled_at.tzinfo
        assert idempotency_key

    def report_email_status(self, contact: ContactEmailStatus, *, idempotency_key: str) -> None:
        assert contact.reason
        assert idempotency_key

    def report_sms_status(self, contact: ContactSmsStatus, *, occurred_at: datetime, idempotency_key: str) -> None:
        assert contact.phone
        assert occurred_at.tzinfo
        assert idempotency_key


class AcceptingSes:
    def send(self, mail: Mail) -> None:
        assert mail.subject


class AcceptingSms:
    def send(self, to: str, text: str) -> None:
        assert to
        assert text


class AcceptingWebhooks:
    def post(self, url: str, body: bytes, headers: dict[str, str]) -> EndpointResponse:
        assert url
        assert headers
        assert json.loads(body)
        return EndpointResponse(204, None)


@pytest.fixture
def harness() -> FunctionHarness:
    harness = FunctionHarness()
    harness.capabilities |= {
        Crm: AcceptingCrm(),
        Ses: AcceptingSes(),
        Sms: AcceptingSms(),
        Webhooks: AcceptingWebhooks(),
    }
    harness.capabilities[Clock] = Clock(lambda: harness.now)
    return harness


@pytest.mark.parametrize("name", RELEASED)
def test_each_released_version_has_golden_messages(name: str) -> None:
    messages = HISTORY.golden(name).values()

    assert messages, f"{name} has none: run `taly-async contracts release` and commit what it writes"
    assert {f"{message['type']}.v{int(message.get('version', 1))}" for message in messages} == {name}


def test_each_golden_message_belongs_to_a_released_contract() -> None:
    assert {file.stem for file in (HISTORY.folder / "golden").iterdir()} == set(RELEASED)


@GOLDEN
def test_the_ingress_reads_a_golden_message(name: str, message: dict[str, Any]) -> None:
    read = decode_strictly(text(message), catalogue=BY_NAME)

    assert isinstance(read, Message), read
    assert read.version == BY_NAME[type_of(name)].version


@GOLDEN
def test_ingress_and_function_read_a_golden_message_alike(name: str, message: dict[str, Any]) -> None:
    read = decode(text(message), BY_NAME[type_of(name)], catalogue=lambda: BY_NAME)

    assert read == decode_strictly(text(message), catalogue=BY_NAME)


@GOLDEN
def test_the_handler_handles_a_golden_message(harness: FunctionHarness, name: str, message: dict[str, Any]) -> None:
    handler = importlib.import_module(f"lambdas.{BY_NAME[type_of(name)].folder}.handler").handler
    assert isinstance(handler, Handler)

    handler.process(sqs_event(text(message)), FakeContext(), harness.runtime())

    (line,) = harness.lines
    assert line["outcome"] in {Outcome.SUCCEEDED, Outcome.SKIPPED}, line


def test_messages_of_retired_types_are_refused_as_unknown_type() -> None:
    retired = {
        type_of(name): decode_strictly(text(message), catalogue=ALL_BY_NAME) for name, _, message in GOLDEN_MESSAGES
    }
    refused = {name: read.reason for name, read in retired.items() if isinstance(read, Refusal)}

    assert refused == dict.fromkeys(HISTORY.retired(), Reason.UNKNOWN_TYPE)


@pytest.mark.parametrize("alert", ALERTS, ids=repr)
def test_the_ingress_refuses_alerts(alert: EventType[Any]) -> None:
    messages = [message for name, _, message in GOLDEN_MESSAGES if type_of(name) == alert.name]

    refusals = [decode_strictly(text(message), catalogue=BY_NAME) for message in messages]

    assert {refusal.reason for refusal in refusals if isinstance(refusal, Refusal)} == {Reason.UNKNOWN_TYPE}
    assert all(isinstance(decode(text(message), alert, catalogue=dict), Message) for message in messages)
