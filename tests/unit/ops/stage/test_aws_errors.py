"""Failures of AWS calls, as sentences."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from boto3 import Session
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences, name_stage
from ops.stage.endpoint import KEY
from publishing.responses import NotAwsError


def as_aws_error(error: Exception) -> AwsError:
    with pytest.raises(AwsError) as caught, aws_failures_as_sentences():
        raise error
    return caught.value


def refusal(
    code: str, *, status: int = 400, message: str = "no", date: str | None = None, operation: str = "PutEvents"
) -> ClientError:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {} if date is None else {"date": date}}
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata},  # type: ignore[typeddict-item]  # AWS's other metadata plays no part
        operation,
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
    ("operation", "policy"),
    [
        ("GetQueueAttributes", "viewer"),
        ("DescribeAlarms", "viewer"),
        ("ReceiveMessage", "operator"),
        ("DeleteMessageBatch", "operator"),
        ("GetSchedule", "operator"),
        ("PutSecretValue", "deployer"),
    ],
)
def test_a_denial_names_the_least_policy_that_allows_the_call(operation: str, policy: str) -> None:
    error = as_aws_error(refusal("AccessDenied", operation=operation))

    assert f"may not call {operation} here; the stage's policy taly-async-<stage>-{policy} allows it" in str(error)
    assert error.denied


def test_a_denial_of_what_no_policy_allows_names_none() -> None:
    error = as_aws_error(refusal("AccessDenied", operation="PurgeQueue"))

    assert str(error) == "access denied: these credentials may not call PurgeQueue here (AccessDenied: no)"


def test_a_denial_names_the_stage_that_was_called() -> None:
    session = Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name="eu-central-1")
    client = session.client("sqs")
    name_stage(client.meta.events, "qa")
    with Stubber(client) as stubbed:
        stubbed.add_client_error("receive_message", "AccessDenied", "no", http_status_code=403)

        allowed_by = "the stage's policy taly-async-qa-operator allows it"
        with pytest.raises(AwsError, match=allowed_by), aws_failures_as_sentences():
            client.receive_message(QueueUrl="https://sqs.test/q")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "set AWS_PROFILE"),
        (NoRegionError(), "set AWS_REGION"),
        (ProfileNotFound(profile="nobody"), "profile (nobody) could not be found"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9/"), "cannot be reached: Could not connect"),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:9/"), "cannot be reached: Read timeout"),
        (ResponseParserError("<html>"), "what answered is not AWS, or was cut off. Sign in to the network"),
        (
            NotAwsError(operation="GetParameter", status=200, content="text/html"),
            "GetParameter is not AWS (HTTP status",
        ),
        (
            SSLError(endpoint_url="https://sqs.test/", error=OSError("certificate verify failed")),
            "no certificate that is trusted",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_call_without_answer_says_what_to_do(error: Exception, sentence: str) -> None:
    assert sentence in str(as_aws_error(error))
    assert not as_aws_error(error).answered


def date_header(**offset: float) -> str:
    """The Date header of a server whose clock is ahead of this machine's."""
    return format_datetime(datetime.now(UTC) + timedelta(**offset), usegmt=True)


OF_CLOCK_OR_CREDENTIALS = [
    ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
    ("SignatureDoesNotMatch", "Signature expired: 20261130T055520Z is now earlier than 20261130T080021Z"),
    ("InvalidSignatureException", "Signature not yet current: 20261130T130521Z is still later than 20261130T080521Z"),
    ("InvalidSignatureException", "The request signature we calculated does not match the one you provided."),
    ("RequestExpired", "Request has expired."),
    ("AuthFailure", "AWS was not able to validate the provided access credentials"),
]


@pytest.mark.parametrize(("code", "message"), OF_CLOCK_OR_CREDENTIALS)
@pytest.mark.parametrize(("minutes", "offset"), [(120.5, "2 h 00 m behind AWS's"), (-1_500, "1 d 01 h ahead of AWS's")])
def test_a_clock_that_is_off_is_said_and_by_how_much(code: str, message: str, minutes: float, offset: str) -> None:
    refused = refusal(code, status=403, message=message, date=date_header(minutes=minutes))

    sentence = str(as_aws_error(refused))

    assert sentence.startswith(f"this machine's clock is off: it is {offset}. Set the clock")
    assert f"({code}: {message[:40]}" in sentence


@pytest.mark.parametrize(("code", "message"), [OF_CLOCK_OR_CREDENTIALS[number] for number in (0, 1, 2, 4)])
@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 99 Nov 2026 07:11:22 GMT"])
def test_a_clock_that_is_off_is_said_without_a_date(code: str, message: str, date: str | None) -> None:
    sentence = str(as_aws_error(refusal(code, message=message, date=date)))

    assert sentence.startswith("this machine's clock is off: its time is not AWS's. Set the clock")


@pytest.mark.parametrize("code", ["AuthFailure", "InvalidSignatureException", "SignatureDoesNotMatch"])
@pytest.mark.parametrize("has_date", [True, False])
def test_wrong_credentials_are_no_wrong_clock(code: str, *, has_date: bool) -> None:
    refused = refusal(code, date=date_header() if has_date else None)

    assert "does not know these credentials" in str(as_aws_error(refused))


def test_an_expired_token_is_no_wrong_clock() -> None:
    assert "sign in again" in str(as_aws_error(refusal("ExpiredToken", date=date_header())))


def test_a_server_error_counts_as_not_answered() -> None:
    assert not as_aws_error(refusal("InternalFailure", status=500)).answered


def test_aws_messages_cannot_control_the_terminal() -> None:
    assert "\x1b" not in str(as_aws_error(refusal("Strange", message="\x1b[2J")))


def test_other_exceptions_are_not_changed() -> None:
    with pytest.raises(KeyError), aws_failures_as_sentences():
        raise KeyError
