"""Send email with Amazon SES v2."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lambdas.common.errors import PermanentError, RetryableError
from lambdas.common.runtime import Runtime
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_PERMANENT = {"BadRequestException", "MailFromDomainNotVerifiedException", "MessageRejected", "NotFoundException"}
"""SES v2 SendEmail: error codes that a retry of the same email would get again."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # all of it is personal
class Mail:
    """A rendered email."""

    to: str
    subject: str
    text: str
    html: str


class Ses:
    """Sends email from the stage's sender address."""

    need: ClassVar[Needs] = Needs.EMAIL

    def __init__(self, client: "SESV2Client", sender: str) -> None:
        """Send with `sender` as the From header."""
        self._client = client
        self._sender = sender

    @classmethod
    def connect(cls, runtime: Runtime) -> "Ses":
        """Use SES with the stage's sender address."""
        return cls(runtime.client("sesv2"), runtime.environment.mail_sender)

    def send(self, mail: Mail) -> None:
        """Send one email.

        Raises:
            PermanentError: SES refused this email.
            RetryableError: SES is unavailable. Neither error repeats SES's message, which may name the address.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            failure = PermanentError if code in _PERMANENT else RetryableError
            raise failure(f"SES refused the email: {code}") from None
        except BotoCoreError as error:
            raise RetryableError(f"SES did not answer: {type(error).__name__}") from None
