"""Text messages by Amazon SNS."""

from typing import TYPE_CHECKING, ClassVar

from lambdas.common.errors import PermanentError, RetryableError
from lambdas.common.runtime import Runtime
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_PERMANENT = {"EndpointDisabled", "InvalidParameter", "InvalidParameterValue", "OptedOut", "ValidationException"}
"""SNS Publish: what a second try of the same text would meet again; a number that opted out among it."""


class Sms:
    """Sends texts to phones."""

    need: ClassVar[Needs] = Needs.SMS

    def __init__(self, client: "SNSClient") -> None:
        """Send by SNS."""
        self._client = client

    @classmethod
    def connect(cls, runtime: Runtime) -> "Sms":
        """The account's SNS."""
        return cls(runtime.client("sns"))

    def send(self, to: str, text: str) -> None:
        """Send one text.

        Args:
            to: the phone number, in E.164 form.
            text: at most what `lambdas.sms_send.segments` lets pass.

        Raises:
            PermanentError: SNS will not send this text.
            RetryableError: SNS did not send it now. Neither has SNS's own words: they may name the number.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # paid by the first text, not by init

        try:
            self._client.publish(
                PhoneNumber=to,
                Message=text,
                # Not "Promotional", the default: what people wait for is not what they are offered.
                MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            failure = PermanentError if code in _PERMANENT else RetryableError
            raise failure(f"SNS refused the text: {code}") from None
        except BotoCoreError as error:
            raise RetryableError(f"SNS did not answer: {type(error).__name__}") from None
