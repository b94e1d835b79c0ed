"""One SQS record, as Lambda hands it to a function."""

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from lambdas.common.batch.history import MessageHistory


class SqsRecord(TypedDict):
    """The parts of Lambda's SQS event that are read here."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: dict[str, str]
    messageAttributes: dict[str, Any]


class SqsEvent(TypedDict):
    """What Lambda's event source mapping passes to a function."""

    Records: list[SqsRecord]


class Record:
    """One delivery of one SQS message. What is seldom asked for is read when it is."""

    __slots__ = ("_history", "_passed", "body", "is_fresh", "sqs_message_id")

    def __init__(self, passed: SqsRecord) -> None:
        """Read what Lambda's event source mapping passed."""
        self._passed = passed
        self._history: MessageHistory | None = None
        self.body = passed["body"]
        self.sqs_message_id = passed["messageId"]
        self.is_fresh = passed["attributes"]["ApproximateReceiveCount"] == "1" and not passed.get("messageAttributes")
        """Whether nothing can have happened to it yet: it is its first delivery, and nothing comes with it."""

    @property
    def receive_count(self) -> int:
        """How often SQS delivered it until now."""
        return int(self._passed["attributes"]["ApproximateReceiveCount"])

    @property
    def receipt_handle(self) -> str:
        """Names this delivery to SQS: by it the message is taken off the queue."""
        return self._passed["receiptHandle"]

    @property
    def group(self) -> str | None:
        """The SQS message group that it came with."""
        return self._passed["attributes"].get("MessageGroupId")

    @property
    def history(self) -> "MessageHistory":
        """What happened to it before."""
        if self._history is None:
            from lambdas.common.batch.history import history_of  # what is fresh has none

            attributes = self._passed.get("messageAttributes") or {}
            self._history = history_of(attributes, sent_at_ms=int(self._passed["attributes"]["SentTimestamp"]))
        return self._history
