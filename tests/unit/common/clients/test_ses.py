"""SES's responses mapped to errors."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from lambdas.common.availability.circuit import Circuit, NotAskedError
from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.ses import Attachment, Mail, Ses
from lambdas.common.errors import (
    MaybeDoneError,
    NotNowError,
    PermanentError,
    RetryableError,
    UnavailableError,
    UnclearError,
)
from schemas.destinations import SEND_EMAIL, Destination
from tests.fakes.function import FunctionHarness
from tests.fakes.service import Clock, Fail, client_error, failing, works
from tests.fakes.ses import FakeSes

MAIL = Mail(to="ada@example.com", subject="Hello", text="Hi", html="<p>Hi</p>")


def send(client: FakeSes, circuit: Circuit | None = None) -> None:
    given: Any = client
    Ses(given, "Taly <no-reply@mail.taly.dev>", circuit).send(MAIL)


def test_email_has_text_and_html_and_the_stages_sender() -> None:
    client = FakeSes()

    send(client)

    (request,) = client.sent
    assert request["FromEmailAddress"] == "Taly <no-reply@mail.taly.dev>"
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
    content = request["Content"]["Simple"]
    assert content["Subject"]["Data"] == "Hello"
    assert (content["Body"]["Text"]["Data"], content["Body"]["Html"]["Data"]) == ("Hi", "<p>Hi</p>")


FULL = Mail(
    to="ada@example.com",
    subject="Hello",
    text="Hi",
    html="<p>Hi</p>",
    reply_to="hello@zoe.example",
    headers={"List-Unsubscribe": "<https://app.taly.dev/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    attachments=[
        Attachment(
            name="appointment.ics",
            media_type="text/calendar; charset=UTF-8; method=REQUEST",
            content="SUMMARY:Café".encode(),
        )
    ],
    tags={"template": "booking_confirmation"},
)


def test_email_has_address_for_answers_headers_file_tags_and_configuration_set() -> None:
    """botocore refuses a request that is not of its model of the API, and the stub one that is not the expected."""
    client = boto3.client("sesv2", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
    with Stubber(client) as stub:
        expected = {
            "FromEmailAddress": "Taly <no-reply@mail.taly.dev>",
            "Destination": {"ToAddresses": ["ada@example.com"]},
            "ReplyToAddresses": ["hello@zoe.example"],
            "ConfigurationSetName": "taly-prod",
            "EmailTags": [{"Name": "template", "Value": "booking_confirmation"}],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Hello", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Hi", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Hi</p>", "Charset": "UTF-8"},
                    },
                    "Headers": [
                        {"Name": "List-Unsubscribe", "Value": "<https://app.taly.dev/u>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                    "Attachments": [
                        {
                            "FileName": "appointment.ics",
                            "ContentType": "text/calendar; charset=UTF-8; method=REQUEST",
                            "ContentTransferEncoding": "BASE64",
                            "RawContent": "SUMMARY:Café".encode(),
                        }
                    ],
                }
            },
        }
        stub.add_response("send_email", {"MessageId": "ses-1"}, expected)

        Ses(client, "Taly <no-reply@mail.taly.dev>", configuration_set="taly-prod").send(FULL)

        stub.assert_no_pending_responses()


def test_email_without_more_asks_for_nothing_more() -> None:
    client = FakeSes()

    send(client)

    (request,) = client.sent
    assert request.keys() == {"FromEmailAddress", "Destination", "Content"}
    assert request["Content"]["Simple"].keys() == {"Subject", "Body"}


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_refusal_of_the_email_is_permanent(code: str) -> None:
    with pytest.raises(PermanentError, match=code):
        send(FakeSes(fail=failing(code)))


@pytest.mark.parametrize(
    "code",
    [
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
        "AccessDeniedException",
    ],
)
def test_what_is_wrong_with_us_is_not_the_emails_fault(code: str) -> None:
    with pytest.raises(UnavailableError, match=code) as raised:
        send(FakeSes(fail=failing(code)))

    assert raised.value.route == SEND_EMAIL
    assert raised.value.to_do
    assert not raised.value.throttled


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException", "LimitExceededException"])
def test_throttled_email_is_not_now(code: str) -> None:
    with pytest.raises(UnavailableError, match=code) as raised:
        send(FakeSes(fail=failing(code)))

    assert raised.value.throttled
    assert not raised.value.to_do


def test_failure_of_ses_is_unclear() -> None:
    with pytest.raises(UnclearError, match="InternalFailure"):
        send(FakeSes(fail=failing("InternalFailure")))


def test_without_a_connection_ses_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="EndpointConnectionError"):
        send(FakeSes(fail=lambda *_: EndpointConnectionError(endpoint_url="https://email.test")))


def test_email_without_an_answer_may_be_sent() -> None:
    with pytest.raises(MaybeDoneError, match="ReadTimeoutError"):
        send(FakeSes(fail=lambda *_: ReadTimeoutError(endpoint_url="https://email.test")))


def test_response_without_a_message_id_is_no_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    client = FakeSes()
    monkeypatch.setattr(client, "send_email", lambda **_: {"message": "Welcome to the hotel"})

    with pytest.raises(MaybeDoneError, match=r"a response without a message id$"):
        send(client)


@pytest.mark.parametrize("code", ["MessageRejected", "InternalFailure", "TooManyRequestsException"])
def test_ses_error_message_is_not_repeated(code: str) -> None:
    with pytest.raises((PermanentError, RetryableError, NotNowError)) as raised:
        send(FakeSes(fail=failing(code)))

    assert "ada@example.com" not in str(raised.value)


@dataclass
class TrippedCircuit:
    """SES's circuit, a minute after it opened."""

    clock: Clock = field(default_factory=Clock)
    tripped: list[Circuit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.circuit = Circuit(Destination.SES, now=self.clock.now, sleep=self.clock.sleep, tripped=self.tripped)
        self.circuit.open(SEND_EMAIL)
        self.clock.sleep(60)


@pytest.mark.parametrize("fail", [works, failing("MessageRejected")], ids=["sent", "refused"])
def test_an_answer_about_the_email_closes_the_circuit(fail: Fail) -> None:
    given = TrippedCircuit()

    with suppress(PermanentError):
        send(FakeSes(fail=fail), given.circuit)

    assert given.tripped == []


def test_an_unavailable_ses_leaves_the_circuit_open() -> None:
    given = TrippedCircuit()

    with pytest.raises(UnavailableError):
        send(FakeSes(fail=failing("SendingPausedException")), given.circuit)

    assert given.tripped == [given.circuit]


def test_an_email_whose_turn_has_not_come_is_not_sent() -> None:
    given, client = TrippedCircuit(), FakeSes()
    given.circuit.open(SEND_EMAIL)

    with pytest.raises(NotAskedError):
        send(client, given.circuit)

    assert client.calls == []


@pytest.mark.parametrize(
    ("account", "is_well"),
    [
        ({"SendingEnabled": True}, True),
        ({"SendingEnabled": False}, False),
        ({"message": "Welcome to the hotel"}, False),
        (client_error("AccessDeniedException", "GetAccount"), False),
        (EndpointConnectionError(endpoint_url="https://email.test"), False),
    ],
)
def test_ses_is_well_if_the_account_may_send(account: Any, *, is_well: bool) -> None:
    harness = FunctionHarness(clients={"sesv2": Account(account)})
    runtime = harness.runtime()

    runtime.capability(Ses)

    probe = runtime.capability(Circuits)[Destination.SES].probe
    assert probe is not None
    assert probe() is is_well


class Account:
    """SES with an account in some state."""

    def __init__(self, account: Any) -> None:
        self._account = account

    def get_account(self) -> Any:
        if isinstance(self._account, Exception):
            raise self._account
        return self._account
