"""Failures of AWS calls, as sentences."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences


def as_aws_error(error: Exception) -> AwsError:
    with pytest.raises(AwsError) as caught, aws_failures_as_sentences():
        raise error
    return caught.value


def refusal(code: str, *, status: int = 400, message: str = "no") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # AWS's other metadata plays no part
        "PutEvents",
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDeniedException", "these credentials may not call PutEvents here"),
        ("AccessDenied", "these credentials may not call PutEvents here"),
        ("ExpiredTokenException", "have expired: sign in again"),
        ("UnrecognizedClientException", "does not know these credentials"),
        ("ThrottlingException", "AWS throttles PutEvents"),
        ("AWS.SimpleQueueService.NonExistentQueue", "does not exist here"),
        ("SomethingNew", "AWS refused PutEvents (SomethingNew: no)"),
    ],
)
def test_a_refusal_says_what_to_do_and_quotes_aws(code: str, sentence: str) -> None:
    error = as_aws_error(refusal(code))

    assert sentence in str(error)
    assert ": no)" in str(error)
    assert error.answered


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "set AWS_PROFILE"),
        (NoRegionError(), "set AWS_DEFAULT_REGION"),
        (ProfileNotFound(profile="nobody"), "profile (nobody) could not be found"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9/"), "cannot be reached: Could not connect"),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:9/"), "cannot be reached: Read timeout"),
        (ResponseParserError("<html>"), "is not AWS"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_call_without_answer_says_what_to_do(error: Exception, sentence: str) -> None:
    assert sentence in str(as_aws_error(error))
    assert not as_aws_error(error).answered


def test_a_server_error_counts_as_not_answered() -> None:
    assert not as_aws_error(refusal("InternalFailure", status=500)).answered


def test_aws_messages_cannot_control_the_terminal() -> None:
    assert "\x1b" not in str(as_aws_error(refusal("Strange", message="\x1b[2J")))


def test_other_exceptions_are_not_changed() -> None:
    with pytest.raises(KeyError), aws_failures_as_sentences():
        raise KeyError
