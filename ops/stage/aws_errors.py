"""Failures of AWS calls, as sentences that say what to do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from textwrap import shorten

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, NoRegionError
from botocore.exceptions import ConnectionError as NotConnectedError
from botocore.parsers import ResponseParserError

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable

_LONGEST_MESSAGE = 200
"""Characters of AWS's message that are shown: a proxy may answer with a whole page."""


class AwsError(OperatorError):
    """A call was not made, was refused as a whole, or was not answered."""

    def __init__(self, sentence: str, *, answered: bool, throttled: bool = False, denied: bool = False) -> None:
        super().__init__(sentence)
        self.answered = answered
        """Whether AWS refused the call. If it did not answer, the call may have been carried out all the same."""

        self.throttled = throttled
        """Whether AWS refused the call only for now."""

        self.denied = denied
        """Whether the credentials may not make the call."""


@contextmanager
def aws_failures_as_sentences() -> Iterator[None]:
    """Turn what boto3 raises into sentences.

    Raises:
        AwsError: a call inside failed.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code")
        raise AwsError(
            _refusal(error),
            answered=status < HTTPStatus.INTERNAL_SERVER_ERROR,
            throttled=code in _THROTTLES,
            denied=code in _DENIALS,
        ) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise AwsError(_silence(error), answered=False) from None


def _refusal(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code = details.get("Code", "Unknown").removeprefix("AWS.SimpleQueueService.")
    message = shorten(printable(f"{code}: {details.get('Message', '')}"), _LONGEST_MESSAGE, placeholder="…")
    for codes, sentence in _REFUSALS.items():
        if code in codes:
            return f"{sentence(error.operation_name)} ({message})"
    return f"AWS refused {error.operation_name} ({message})"


NOT_AWS = "what answered is not AWS: check AWS_ENDPOINT_URL and the proxy"

_THROTTLES = frozenset(
    {
        "RequestThrottled",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

_DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized"})

_REFUSALS: dict[frozenset[str], Callable[[str], str]] = {
    _DENIALS: (lambda operation: f"access denied: these credentials may not call {operation} here"),
    frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"}): (
        lambda _: "the AWS credentials have expired: sign in again"
    ),
    frozenset(
        {"InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException"}
    ): (lambda _: "AWS does not know these credentials: check AWS_PROFILE, or the access key"),
    _THROTTLES: (lambda operation: f"AWS throttles {operation}: wait a little, then go on"),
    frozenset({"NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"}): (
        lambda _: "what the stage's parameters name does not exist here: is the stage just being deployed or removed?"
    ),
}


def _silence(error: Exception) -> str:
    match error:
        case NoCredentialsError():
            return "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case NoRegionError():
            return "no AWS region is set: set AWS_DEFAULT_REGION, or give the profile a region"
        case NotConnectedError() | HTTPClientError():
            return f"AWS cannot be reached: {printable(str(error))}. Check the network, AWS_ENDPOINT_URL and the proxy"
        case ResponseParserError():
            return NOT_AWS
    return f"AWS cannot be called: {printable(str(error))}"
