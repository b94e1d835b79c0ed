"""Send text messages with Amazon SNS."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from lambdas.common.runtime import Runtime
from schemas.destinations import PUBLISH_TEXT, Destination
from schemas.event_type import Needs

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from lambdas.common.availability.circuit import Circuit


class Sms:
    """Sends text messages to phone numbers.

    Source of the attributes: Amazon SNS Developer Guide, "Publishing SMS messages to a mobile phone".
    """

    need: ClassVar[Needs] = Needs.SMS

    def __init__(
        self,
        client: "SNSClient",
        circuit: "Circuit | None" = None,
        *,
        sender_id: str = "",
        origination_number: str = "",
    ) -> None:
        """Send with boto3's SNS client.

        Args:
            client: the client.
            circuit: SNS's in this process, if it has one.
            sender_id: the sender that phones show, where a country allows one; empty: the account's default.
            origination_number: the number that texts are sent from; empty: AWS chooses one of the account's.
        """
        # The default type, "Promotional", is for marketing; these texts are ones that the customer expects.
        attributes = {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.SNS.SMS.SenderID": sender_id,
            "AWS.MM.SMS.OriginationNumber": origination_number,
        }
        self._attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        }
        self._client = client
        self._circuit = circuit
        if circuit:
            circuit.probe = self.is_well

    @classmethod
    def connect(cls, runtime: Runtime) -> "Sms":
        """Use the account's SNS."""
        from lambdas.common.availability.circuits import Circuits  # at the first text, not at the start

        environment = runtime.environment
        return cls(
            runtime.client("sns"),
            runtime.capability(Circuits)[Destination.SNS],
            sender_id=environment.sms_sender_id,
            origination_number=environment.sms_origination_number,
        )

    def send(self, to: str, text: str) -> None:
        """Send one text message. No error repeats SNS's text, which may name the number.

        Args:
            to: the phone number in E.164 format.
            text: no longer than `lambdas.sms_send.segments` allows.

        Raises:
            Skip: the number opted out of texts.
            PermanentError: SNS refused this text.
            UnavailableError: SNS is unavailable, or something on our side is to be corrected.
            UnclearError: SNS failed.
            MaybeDoneError: SNS did not answer, and may have sent it.
        """
        from lambdas.common.clients.aws_errors import send_once  # at the first text, not at the start

        def publish() -> Mapping[str, object]:
            return self._client.publish(PhoneNumber=to, Message=text, MessageAttributes=self._attributes)

        send_once(publish, "sns:Publish", PUBLISH_TEXT, self._circuit, done="the number opted out of texts")

    def is_well(self) -> bool:
        """Ask SNS for the account's settings of texts."""
        from lambdas.common.clients.aws_errors import answer_of

        return "attributes" in answer_of(lambda: self._client.get_sms_attributes(attributes=["DefaultSMSType"]))
