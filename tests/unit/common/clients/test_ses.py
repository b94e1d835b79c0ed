"""SES's responses mapped to errors."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.errors import PermanentError, RetryableError
from tests.fakes.service import failing
from tests.fakes.ses import FakeSes

MAIL = Mail(to="ada@example.com", subject="Hello", text="Hi", html="<p>Hi</p>")


def send(client: FakeSes) -> None:
    given: Any = client
    Ses(given, sender="Taly <no-reply@mail.taly.dev>").send(MAIL)


def test_email_has_text_and_html_and_the_stages_sender() -> None:
    client = FakeSes()

    send(client)

    (request,) = client.sent
    assert request["FromEmailAddress"] == "Taly <no-reply@mail.taly.dev>"
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
    content = request["Content"]["Simple"]
    assert content["Subject"]["Data"] == "Hello"
    assert (content["Body"]["Text"]["Data"], content["Body"]["Html"]["Data"]) == ("Hi", "<p>Hi</p>")


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException"])
def test_permanent_ses_error_is_permanent(code: str) -> None:
    with pytest.raises(PermanentError, match=code):
        send(FakeSes(fail=failing(code)))


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "LimitExceededException", "SendingPausedException", "InternalFailure"]
)
def test_temporary_ses_error_is_retryable(code: str) -> None:
    with pytest.raises(RetryableError, match=code):
        send(FakeSes(fail=failing(code)))


def test_no_answer_is_retryable() -> None:
    with pytest.raises(RetryableError, match="ReadTimeoutError"):
        send(FakeSes(fail=lambda *_: ReadTimeoutError(endpoint_url="https://email.test")))


@pytest.mark.parametrize("code", ["MessageRejected", "InternalFailure"])
def test_ses_error_message_is_not_repeated(code: str) -> None:
    with pytest.raises((PermanentError, RetryableError)) as raised:
        send(FakeSes(fail=failing(code)))

    assert "ada@example.com" not in str(raised.value)
