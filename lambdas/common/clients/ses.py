"""Send email with Amazon SES v2."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lambdas.common.runtime import Runtime
from schemas.destinations import SEND_EMAIL, Destination
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef

    from lambdas.common.availability.circuit import Circuit


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

    def __init__(self, client: "SESV2Client", sender: str, circuit: "Circuit | None" = None) -> None:
        """Send with `sender` as the From header; the circuit is SES's in this process, if it has one."""
        self._client = client
        self._sender = sender
        self._circuit = circuit
        if circuit:
            circuit.probe = self.is_well

    @classmethod
    def connect(cls, runtime: Runtime) -> "Ses":
        """Use SES with the stage's sender address."""
        from lambdas.common.availability.circuits import Circuits  # at the first mail, not at the start

        circuit = runtime.capability(Circuits)[Destination.SES]
        return cls(runtime.client("sesv2"), runtime.environment.mail_sender, circuit)

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
        return {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": mail.text, "Charset": "UTF-8"},
                        "Html": {"Data": mail.html, "Charset": "UTF-8"},
                    },
                }
            },
        }
