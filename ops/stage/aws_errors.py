"""Failures of AWS calls, as sentences that say what to do."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from http import HTTPStatus
from textwrap import shorten
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, NoRegionError, SSLError
from botocore.exceptions import ConnectionError as NotConnectedError
from botocore.hooks import BaseEventHooks
from botocore.parsers import ResponseParserError

from ops.stage.clock_offset import offset_from_aws, stated
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from publishing.responses import NotAwsError
from schemas.names import resource_name
from schemas.people import policy_that_allows

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


def name_stage(events: BaseEventHooks, stage: str) -> None:
    """Let each refusal of AWS say which stage was called, so that a denial can name the policy that is missing.

    Args:
        events: the hooks of a session.
        stage: the stage's name.
    """

    def add(parsed: MutableMapping[str, Any], **_: Any) -> None:
        if "Error" in parsed:
            parsed["Error"][_STAGE] = stage

    events.register("after-call", add)


_STAGE = "Stage"


def _refusal(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code = details.get("Code", "Unknown").removeprefix("AWS.SimpleQueueService.")
    message = shorten(printable(f"{code}: {details.get('Message', '')}"), _LONGEST_MESSAGE, placeholder="…")
    if clock := _clock(code, details.get("Message", ""), error):
        return f"{clock} ({message})"
    if code in _DENIALS:
        return f"{_denial(error.operation_name, str(details.get(_STAGE, '<stage>')))} ({message})"
    for codes, sentence in _REFUSALS.items():
        if code in codes:
            return f"{sentence(error.operation_name)} ({message})"
    return f"AWS refused {error.operation_name} ({message})"


def _denial(operation: str, stage: str) -> str:
    policy = policy_that_allows(operation)
    allows = f"; the stage's policy {resource_name(stage, policy)} allows it" if policy else ""
    return f"access denied: these credentials may not call {operation} here{allows}"


def _clock(code: str, message: str, error: ClientError) -> str:
    """What to do about this machine's clock, if AWS refused a call because of it; else empty.

    Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
    """
    if code not in _OF_CLOCK_OR_CREDENTIALS:
        return ""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    offset = offset_from_aws(headers.get("date", ""))
    if not offset and code not in _OF_CLOCK and not any(words in message for words in _OF_CLOCK_IN_WORDS):
        return ""
    by_how_much = f"it is {stated(offset)} AWS's" if offset else "its time is not AWS's"
    return f"this machine's clock is off: {by_how_much}. Set the clock, best by switching on its synchronization (NTP)"


_OF_CLOCK = frozenset({"RequestInTheFuture", "RequestTimeTooSkewed"})

_OF_CLOCK_IN_WORDS = ("Signature expired", "Signature not yet current", "Request has expired")
"""AWS's words in refusals with a code that has other causes, too."""

_OF_CLOCK_OR_CREDENTIALS = _OF_CLOCK | {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "RequestExpired",
    "SignatureDoesNotMatch",
}
"""Codes of refusals because of the clock, or because of the credentials; the response's date tells which."""

_THROTTLES = frozenset(
    {
        "RequestThrottled",
        "RequestThrottledException",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

_DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized"})

_REFUSALS: dict[frozenset[str], Callable[[str], str]] = {
    frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"}): (
        lambda _: "the AWS credentials have expired: sign in again"
    ),
    frozenset(
        {
            "AuthFailure",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        }
    ): (lambda _: "AWS does not know these credentials: check AWS_PROFILE, or the access key"),
    _THROTTLES: (lambda operation: f"AWS throttles {operation}: wait a little, then go on"),
    frozenset({"NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"}): (
        lambda _: (
            "a resource of the stage does not exist here. Check AWS_PROFILE and the region; or is the stage just being "
            "deployed or removed?"
        )
    ),
}


_SIGN_IN = "Sign in to the network if it has a sign-in page"


def _silence(error: Exception) -> str:
    match error:
        case NoCredentialsError():
            return "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case NoRegionError():
            return "no AWS region is set: set AWS_REGION, give --region, or give the profile a region"
        case NotAwsError() | ResponseParserError():
            what = str(error) if isinstance(error, NotAwsError) else "what answered is not AWS, or was cut off"
            return f"{printable(what)}. {_SIGN_IN}; check AWS_ENDPOINT_URL and the proxy"
        case SSLError():
            return (
                f"what answered has no certificate that is trusted here: {printable(str(error))}. {_SIGN_IN}; "
                "if the certificate is that of your own proxy, set AWS_CA_BUNDLE to it"
            )
        case NotConnectedError() | HTTPClientError():
            what = printable(str(error)).rstrip(".")
            return f"AWS cannot be reached: {what}. Check the region, the network, AWS_ENDPOINT_URL and the proxy"
    return f"AWS cannot be called: {printable(str(error))}"
