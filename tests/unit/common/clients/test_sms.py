"""SNS's responses mapped to errors."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.sms import Sms
from lambdas.common.errors import (
    MaybeDoneError,
    NotNowError,
    PermanentError,
    RetryableError,
    Skip,
    UnavailableError,
    UnclearError,
)
from schemas.destinations import Destination
from tests.fakes.function import FunctionHarness
from tests.fakes.service import client_error, failing
from tests.fakes.sns import FakeSns


def send(client: FakeSns) -> None:
    given: Any = client
    Sms(given).send("+14155550123", "Hello")


def test_text_is_sent_as_transactional() -> None:
    client = FakeSns()

    send(client)

    (request,) = client.published
    assert (request["PhoneNumber"], request["Message"]) == ("+14155550123", "Hello")
    assert request["MessageAttributes"] == {
        "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}
    }


@pytest.mark.parametrize("sender_id", ["", "TALY"])
@pytest.mark.parametrize("origination_number", ["", "+14155550100"])
def test_text_comes_from_the_stages_sender(sender_id: str, origination_number: str) -> None:
    client = FakeSns()
    stage = {"sms_sender_id": sender_id, "sms_origination_number": origination_number}
    runtime = FunctionHarness(clients={"sns": client}, settings=stage).runtime()

    runtime.capability(Sms).send("+14155550123", "Hello")

    (request,) = client.published
    given = {name: value["StringValue"] for name, value in request["MessageAttributes"].items()}
    assert given.get("AWS.SNS.SMS.SenderID", "") == sender_id
    assert given.get("AWS.MM.SMS.OriginationNumber", "") == origination_number


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"])
def test_refusal_of_the_text_is_permanent(code: str) -> None:
    with pytest.raises(PermanentError, match=code):
        send(FakeSns(fail=failing(code)))


@pytest.mark.parametrize(
    "error",
    [client_error("OptedOut"), client_error("InvalidParameter", message="+14155550123 is opted out")],
    ids=["code", "text"],
)
def test_a_number_that_opted_out_is_skipped(error: Exception) -> None:
    with pytest.raises(Skip, match=r"^the number opted out of texts$"):
        send(FakeSns(fail=lambda *_: error))


@pytest.mark.parametrize(
    ("parameter", "setting"),
    [
        ("AWS.SNS.SMS.SenderID", "sms_sender_id"),
        ("AWS.MM.SMS.OriginationNumber", "sms_origination_number"),
    ],
)
def test_a_wrong_sender_is_not_the_texts_fault(parameter: str, setting: str) -> None:
    error = client_error("InvalidParameter", message=f"Invalid parameter: {parameter} Reason: it is not valid")

    with pytest.raises(UnavailableError) as raised:
        send(FakeSns(fail=lambda *_: error))

    assert setting in raised.value.to_do


def test_throttled_text_is_not_now() -> None:
    with pytest.raises(UnavailableError, match="Throttled") as raised:
        send(FakeSns(fail=failing("Throttled")))

    assert raised.value.throttled


def test_denied_access_is_not_the_texts_fault() -> None:
    with pytest.raises(UnavailableError, match="AuthorizationError") as raised:
        send(FakeSns(fail=failing("AuthorizationError")))

    assert "may not call sns:Publish" in raised.value.to_do


def test_failure_of_sns_is_unclear() -> None:
    with pytest.raises(UnclearError, match="InternalError"):
        send(FakeSns(fail=failing("InternalError")))


def test_text_without_an_answer_may_be_sent() -> None:
    with pytest.raises(MaybeDoneError, match="ReadTimeoutError"):
        send(FakeSns(fail=lambda *_: ReadTimeoutError(endpoint_url="https://sns.test")))


@pytest.mark.parametrize("code", ["InvalidParameter", "InternalError", "Throttled"])
def test_sns_error_message_is_not_repeated(code: str) -> None:
    with pytest.raises((PermanentError, RetryableError, NotNowError)) as raised:
        send(FakeSns(fail=failing(code)))

    assert "ada@example.com" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "is_well"),
    [
        ({"attributes": {}}, True),
        ({"message": "Welcome to the hotel"}, False),
        (client_error("Throttled", "GetSMSAttributes"), False),
    ],
)
def test_sns_is_well_if_it_tells_its_settings(answer: Any, *, is_well: bool) -> None:
    runtime = FunctionHarness(clients={"sns": Settings(answer)}).runtime()

    runtime.capability(Sms)

    probe = runtime.capability(Circuits)[Destination.SNS].probe
    assert probe is not None
    assert probe() is is_well


class Settings:
    """SNS with some answer about the account's settings of texts."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def get_sms_attributes(self, **_: Any) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
