"""SNS's responses mapped to errors."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.common.clients.sms import Sms
from lambdas.common.errors import PermanentError, RetryableError
from tests.fakes.service import failing
from tests.fakes.sns import FakeSns


def send(client: FakeSns) -> None:
    given: Any = client
    Sms(given).send("+14155550123", "Hello")


def test_text_is_sent_as_transactional() -> None:
    client = FakeSns()

    send(client)

    (request,) = client.published
    assert (request["PhoneNumber"], request["Message"]) == ("+14155550123", "Hello")
    assert request["MessageAttributes"]["AWS.SNS.SMS.SMSType"]["StringValue"] == "Transactional"


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "OptedOut"])
def test_permanent_sns_error_is_permanent(code: str) -> None:
    with pytest.raises(PermanentError, match=code):
        send(FakeSns(fail=failing(code)))


@pytest.mark.parametrize("code", ["Throttled", "InternalError", "AuthorizationError"])
def test_temporary_sns_error_is_retryable(code: str) -> None:
    with pytest.raises(RetryableError, match=code):
        send(FakeSns(fail=failing(code)))


def test_no_answer_is_retryable() -> None:
    with pytest.raises(RetryableError, match="ReadTimeoutError"):
        send(FakeSns(fail=lambda *_: ReadTimeoutError(endpoint_url="https://sns.test")))


@pytest.mark.parametrize("code", ["InvalidParameter", "InternalError"])
def test_sns_error_message_is_not_repeated(code: str) -> None:
    with pytest.raises((PermanentError, RetryableError)) as raised:
        send(FakeSns(fail=failing(code)))

    assert "ada@example.com" not in str(raised.value)
