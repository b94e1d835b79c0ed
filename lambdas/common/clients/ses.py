"""Send email with Amazon SES v2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from lambdas.common.runtime import Runtime
from schemas.destinations import SEND_EMAIL, Destination
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import MessageTypeDef, SendEmailRequestTypeDef

    from lambdas.common.availability.circuit import Circuit


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # all of it is personal
class Attachment:
    """A file that comes with a mail."""

    name: str
    media_type: str
    """With its parameters: `text/calendar; charset=UTF-8; method=REQUEST`. SES takes 78 characters at most."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # all of it is personal
class Mail:
    """A rendered email."""

    to: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    """The address that answers go to; empty: the sender."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Further header fields, by name."""

    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """Values that come back in SES's events about the mail, by name."""


class Ses:
    """Sends email from the stage's sender address."""

    need: ClassVar[Needs] = Needs.EMAIL

    def __init__(
        self, client: "SESV2Client", sender: str, circuit: "Circuit | None" = None, *, configuration_set: str = ""
    ) -> None:
        """Send with `sender` as the From header, by a configuration set, if one is named.

        The circuit is SES's in this process, if it has one.
        """
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set
        self._circuit = circuit
        if circuit:
            circuit.probe = self.is_well

    @classmethod
    def connect(cls, runtime: Runtime) -> "Ses":
        """Use SES with the stage's sender address."""
        from lambdas.common.availability.circuits import Circuits  # at the first mail, not at the start

        circuit = runtime.capability(Circuits)[Destination.SES]
        environment = runtime.environment
        return cls(
            runtime.client("sesv2"),
            environment.mail_sender,
            circuit,
            configuration_set=environment.mail_configuration_set,
        )

    def send(self, mail: Mail) -> None:
        """Send one email. No error repeats SES's text, which may name the address.

        Raises:
            PermanentError: SES refused this email.
            UnavailableError: SES is unavailable, or something on our side is to be corrected.
            UnclearError: SES failed.
            MaybeDoneError: SES did not answer, and may have sent it.
        """
        from lambdas.common.clients.aws_errors import send_once  # at the first mail, not at the start

        send_once(lambda: self._client.send_email(**self._request(mail)), "ses:SendEmail", SEND_EMAIL, self._circuit)

    def is_well(self) -> bool:
        """Ask SES whether the account may send."""
        from lambdas.common.clients.aws_errors import answer_of

        return answer_of(self._client.get_account).get("SendingEnabled") is True

    def _request(self, mail: Mail) -> "SendEmailRequestTypeDef":
        simple: MessageTypeDef = {
            "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": mail.text, "Charset": "UTF-8"},
                "Html": {"Data": mail.html, "Charset": "UTF-8"},
            },
        }
        if mail.headers:
            simple["Headers"] = [{"Name": name, "Value": value} for name, value in mail.headers.items()]
        if mail.attachments:
            simple["Attachments"] = [
                {
                    "FileName": each.name,
                    "ContentType": each.media_type,
                    "ContentTransferEncoding": "BASE64",  # SES's default, SEVEN_BIT, breaks letters beyond ASCII
                    "RawContent": each.content,
                }
                for each in mail.attachments
            ]
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Simple": simple},
        }
        if mail.reply_to:
            request["ReplyToAddresses"] = [mail.reply_to]
        if mail.tags:
            request["EmailTags"] = [{"Name": name, "Value": value} for name, value in mail.tags.items()]
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        return request
