"""What AWS's errors mean for a message: each error of each operation that functions call has a meaning."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from lambdas.common.clients.aws_codes import OPERATIONS, PHRASES, Meaning
from lambdas.common.clients.aws_errors import failure_of, refusal_of
from tests.fakes.service import client_error

BOTO3_NAMES = {"ses": "sesv2"}
"""Where boto3's name of a service is not its prefix in IAM policies."""

ENTRY_CODES = (
    *("AccessDeniedException", "InternalFailure", "InvalidAccountIdException", "InvalidArgument", "MalformedDetail"),
    *("NotAuthorizedForDetailTypeException", "NotAuthorizedForSourceException", "RedactionFailure"),
    "ThrottlingException",
)
"""EventBridge, API reference, `PutEventsResultEntry`."""

EVERYWHERE = ("AccessDeniedException", "ThrottlingException", "InternalFailure", "ServiceUnavailable")
URL = "https://aws.test"


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(BOTO3_NAMES.get(service, service))


def modelled() -> Iterator[tuple[str, str]]:
    """Each operation of the table with each error that botocore's model of it declares."""
    for operation in OPERATIONS:
        service, _, name = operation.partition(":")
        yield from ((operation, error.error_code) for error in model(service).operation_model(name).error_shapes)


@pytest.mark.parametrize(("operation", "code"), [*modelled()])
def test_each_error_of_an_operations_model_is_in_the_table(operation: str, code: str) -> None:
    assert code in OPERATIONS[operation]


@pytest.mark.parametrize("code", ENTRY_CODES)
def test_each_code_of_a_refused_event_is_in_the_table(code: str) -> None:
    assert code in OPERATIONS["events:PutEvents"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_errors_that_every_service_has_are_in_the_table(operation: str) -> None:
    assert set(EVERYWHERE) <= OPERATIONS[operation].keys()


def test_all_that_is_ours_to_mend_says_what_to_do() -> None:
    entries = [entry for codes in (*OPERATIONS.values(), *PHRASES.values()) for entry in codes.values()]

    ours = [entry for entry in entries if entry.meaning is Meaning.OURS]
    assert ours
    assert all(": " in entry.to_do and entry.to_do.endswith(".") for entry in ours)
    assert not [entry for entry in entries if entry.to_do and entry.meaning not in {Meaning.OURS, Meaning.THROTTLED}]


def test_phrases_are_of_codes_in_the_table_and_in_lower_case() -> None:
    for (operation, code), phrases in PHRASES.items():
        assert code in OPERATIONS[operation]
        assert all(phrase == phrase.lower() for phrase in phrases)


def test_a_remedy_names_the_operation() -> None:
    failure = failure_of(client_error("AccessDeniedException"), "events:PutEvents")

    assert failure.meaning is Meaning.OURS
    assert "may not call events:PutEvents" in failure.to_do


@pytest.mark.parametrize(
    "code", ["NotAuthorizedForSourceException", "AccessDeniedException", "ResourceNotFoundException"]
)
def test_a_bus_that_refuses_the_function_is_ours_to_mend(code: str) -> None:
    assert refusal_of(code, "events:PutEvents").meaning is Meaning.OURS


@pytest.mark.parametrize(
    ("operation", "code", "meaning"),
    [
        ("scheduler:CreateSchedule", "ConflictException", Meaning.DONE),
        ("scheduler:CreateSchedule", "ResourceNotFoundException", Meaning.OURS),
        ("scheduler:UpdateSchedule", "ConflictException", Meaning.UNAVAILABLE),
        ("scheduler:UpdateSchedule", "ResourceNotFoundException", Meaning.UNAVAILABLE),
        ("scheduler:DeleteSchedule", "ResourceNotFoundException", Meaning.DONE),
    ],
)
def test_one_code_may_mean_another_thing_for_each_operation(operation: str, code: str, meaning: Meaning) -> None:
    assert refusal_of(code, operation).meaning is meaning


@pytest.mark.parametrize(
    ("operation", "code", "text", "meaning"),
    [
        ("ses:SendEmail", "MessageRejected", "Email address is not verified. …: a@example.com", Meaning.OURS),
        ("ses:SendEmail", "MessageRejected", "Sending suspended for this account.", Meaning.OURS),
        ("ses:SendEmail", "MessageRejected", "Sending paused for this account.", Meaning.OURS),
        ("ses:SendEmail", "MessageRejected", "Invalid content", Meaning.FAULT),
        ("ses:SendEmail", "TooManyRequestsException", "Daily message quota exceeded.", Meaning.THROTTLED),
        ("ses:SendEmail", "ThrottlingException", "Maximum sending rate exceeded.", Meaning.THROTTLED),
        ("sns:Publish", "InvalidParameter", "Invalid parameter: Phone number is opted out", Meaning.DONE),
        ("sns:Publish", "InvalidParameter", "Invalid parameter: PhoneNumber", Meaning.FAULT),
        ("scheduler:CreateSchedule", "ValidationException", "The execution role you provide must …", Meaning.OURS),
        ("scheduler:CreateSchedule", "ValidationException", "Invalid Schedule Expression", Meaning.FAULT),
    ],
)
def test_a_code_of_several_meanings_is_told_by_its_text(operation: str, code: str, text: str, meaning: Meaning) -> None:
    assert failure_of(client_error(code, message=text), operation).meaning is meaning


def test_a_used_up_daily_quota_says_how_to_get_more() -> None:
    error = client_error("TooManyRequestsException", message="Daily message quota exceeded.")

    assert "raise SES's sending quota" in failure_of(error, "ses:SendEmail").to_do


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (0, Meaning.UNAVAILABLE),
        (302, Meaning.UNAVAILABLE),
        (400, Meaning.UNAVAILABLE),
        (403, Meaning.UNAVAILABLE),
        (408, Meaning.UNCLEAR),
        (429, Meaning.THROTTLED),
        (500, Meaning.UNCLEAR),
        (503, Meaning.UNCLEAR),
    ],
)
def test_an_unknown_code_is_judged_by_its_status_alone(status: int, meaning: Meaning) -> None:
    assert refusal_of("NobodyKnowsException", "ses:SendEmail", status=status).meaning is meaning


def test_a_code_of_sqss_older_api_is_the_same_code() -> None:
    failure = refusal_of("AWS.SimpleQueueService.NonExistentQueue", "sqs:SendMessageBatch")

    assert (failure.code, failure.meaning) == ("NonExistentQueue", Meaning.OURS)


@pytest.mark.parametrize("code", ["ada@example.com", "", "x" * 65, "two words"])
def test_what_is_no_code_is_not_repeated(code: str) -> None:
    assert refusal_of(code, "ses:SendEmail").code == "an unknown code"


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ProxyConnectionError(proxy_url=URL),
        SSLError(endpoint_url=URL, error=OSError("expired")),
        NoCredentialsError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_without_a_connection_nothing_was_sent(error: Exception) -> None:
    assert failure_of(error, "ses:SendEmail").meaning is Meaning.UNAVAILABLE


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ResponseParserError("ada@example.com"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_without_a_whole_response_it_may_be_done(error: Exception) -> None:
    failure = failure_of(error, "ses:SendEmail")

    assert (failure.code, failure.meaning) == (type(error).__name__, Meaning.MAYBE_DONE)


def test_a_request_that_the_model_forbids_is_the_messages_fault() -> None:
    error = ParamValidationError(report="ada@example.com")

    assert failure_of(error, "ses:SendEmail") == ("ParamValidationError", Meaning.FAULT, "")


@pytest.mark.parametrize("sent", [client_error, lambda code: client_error(code, message=None)])  # type: ignore[arg-type]
def test_an_error_without_a_text_has_its_meaning(sent: Callable[[str], Exception]) -> None:
    assert failure_of(sent("MessageRejected"), "ses:SendEmail").meaning is Meaning.FAULT
