"""Send text messages with Amazon SNS."""

from typing import TYPE_CHECKING, ClassVar

from lambdas.common.errors import PermanentError, RetryableError
from lambdas.common.runtime import Runtime
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_PERMANENT = {"EndpointDisabled", "InvalidParameter", "InvalidParameterValue", "OptedOut", "ValidationException"}
"""SNS Publish: error codes that a retry of the same text would get again, such as of a number that opted out."""


class Sms:
    """Sends text messages to phone numbers."""

    need: ClassVar[Needs] = Needs.SMS

    def __init__(self, client: "SNSClient") -> None:
        """Send with boto3's SNS client."""
        self._client = client

    @classmethod
    def connect(cls, runtime: Runtime) -> "Sms":
        """Use the account's SNS."""
        return cls(runtime.client("sns"))

    def send(self, to: str, text: str) -> None:
        """Send one text message.

        Args:
            to: the phone number in E.164 format.
            text: no longer than `lambdas.sms_send.segments` allows.

        Raises:
            PermanentError: SNS refused this text.
            RetryableError: SNS is unavailable. Neither error repeats SNS's message, which may name the number.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.publish(
                PhoneNumber=to,
                Message=text,
                # The default, "Promotional", is for marketing; these texts are ones that the customer expects.
                MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            failure = PermanentError if code in _PERMANENT else RetryableError
            raise failure(f"SNS refused the text: {code}") from None
        except BotoCoreError as error:
            raise RetryableError(f"SNS did not answer: {type(error).__name__}") from None
