"""SQS in memory: standard queues with SQS's limits.

The limits are from the API reference (SendMessage, SendMessageBatch, ReceiveMessage, ChangeMessageVisibility) and the
Developer Guide, "Amazon SQS message quotas".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from tests.fakes.service import FakeService, Refuse, client_error, works

MAX_ENTRIES = 10
MAX_BYTES = 1_048_576
"""Bytes of a message, and of all messages in a call."""

MAX_DELAY = 900
"""Seconds."""

MAX_VISIBILITY = 43_200
"""Seconds of a visibility timeout."""

MAX_WAIT = 20
"""Seconds of a ReceiveMessage call."""

MAX_ATTRIBUTES = 10
MAX_LISTED = 1_000
"""Queues in a ListQueues response."""

_ENTRY_ID = re.compile("[A-Za-z0-9_-]{1,80}")
_GROUP = re.compile("[!-~]{1,128}")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEFAULT_VISIBILITY = 30


@dataclass
class QueuedMessage:
    """A message in a queue."""

    id: str
    body: str
    attributes: dict[str, Any]
    """In the form of SendMessage."""

    sent_at: datetime
    visible_at: datetime
    group: str | None = None
    handle: str = ""
    """The receipt handle of the latest receive; earlier handles are stale."""

    receives: int = 0


@dataclass(kw_only=True)
class FakeSqs(FakeService):
    """Standard queues by URL; a queue exists once a message was put into it or a test created it."""

    visibility: float = _DEFAULT_VISIBILITY
    """The visibility timeout in seconds for receives that request none."""

    retention: float = 14 * 86_400
    """The `MessageRetentionPeriod` of all queues in seconds: SQS deletes older messages."""

    parallel: int = 1
    """The number of calls other than receives at a time, by which their duration is divided."""

    waits: bool = False
    """Whether an empty receive takes its whole wait time."""

    random: Random | None = None
    """If given, messages are inserted at random positions, since standard queues are unordered."""

    refuse: Refuse = works
    queues: dict[str, list[QueuedMessage]] = field(default_factory=dict)
    sent: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The accepted requests by queue. Tests may remove some."""

    deleted: dict[str, list[str]] = field(default_factory=dict)
    """The receipt handles passed to delete calls, by queue."""

    _count: int = 0

    def takes(self, operation: str) -> float:
        return self.latency / (1 if operation == "receive_message" else self.parallel)

    def put(
        self,
        url: str,
        body: str,
        attributes: Mapping[str, Any] | None = None,
        group: str | None = None,
        *,
        delay: float = 0,
    ) -> str:
        """Put a message into a queue and return its id."""
        self._count += 1
        now, queue = self.clock.now(), self.queues.setdefault(url, [])
        due = now + timedelta(seconds=delay)
        message = QueuedMessage(f"sqs-{self._count}", body, dict(attributes or {}), now, due, group)
        queue.insert(self.random.randint(0, len(queue)) if self.random else len(queue), message)
        return message.id

    def messages(self, url: str) -> list[QueuedMessage]:
        """The messages that SQS has not deleted for their age."""
        oldest = self.clock.now() - timedelta(seconds=self.retention)
        return [each for each in self.queues.get(url, ()) if each.sent_at > oldest]

    def visible(self, url: str) -> list[QueuedMessage]:
        now = self.clock.now()
        return [each for each in self.messages(url) if each.visible_at <= now]

    def receive(self, message: QueuedMessage, seconds: float) -> None:
        """Hide a message, with a new handle that makes earlier ones stale."""
        message.receives += 1
        message.handle = f"{message.id}#{message.receives}"
        message.visible_at = self.clock.now() + timedelta(seconds=seconds)

    def list_queues(self, **request: Any) -> dict[str, Any]:
        """List queues; as SQS does, give a token for the rest only to callers that set `MaxResults`."""
        with self.called("list_queues", request):
            prefix, limit = request.get("QueueNamePrefix", ""), request.get("MaxResults", MAX_LISTED)
            assert 1 <= limit <= MAX_LISTED, "InvalidParameterValue: MaxResults"
            urls = sorted(url for url in self.queues if url.rpartition("/")[2].startswith(prefix))
            begin = int(request.get("NextToken", 0))
            token = {"NextToken": str(begin + limit)} if "MaxResults" in request and urls[begin + limit :] else {}
            return {"QueueUrls": urls[begin : begin + limit], **token} if urls else {}

    def get_queue_url(self, **request: Any) -> dict[str, str]:
        with self.called("get_queue_url", request):
            for url in self.queues:
                if url.rpartition("/")[2] == request["QueueName"]:
                    return {"QueueUrl": url}
            raise client_error("AWS.SimpleQueueService.NonExistentQueue", "GetQueueUrl")

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        with self.called("get_queue_attributes", request):
            now, messages = self.clock.now(), self.messages(request["QueueUrl"])
            hidden = [each for each in messages if each.visible_at > now]
            delayed = [each for each in hidden if not each.receives]
            counts = {
                "ApproximateNumberOfMessages": str(len(messages) - len(hidden)),
                "ApproximateNumberOfMessagesNotVisible": str(len(hidden) - len(delayed)),
                "ApproximateNumberOfMessagesDelayed": str(len(delayed)),
                "MessageRetentionPeriod": str(int(self.retention)),
            }
            return {"Attributes": {name: counts[name] for name in request["AttributeNames"]}}

    def send_message(self, **request: Any) -> dict[str, Any]:
        with self.called("send_message", request):
            entry = {name: value for name, value in request.items() if name != "QueueUrl"}
            assert _size(entry) <= MAX_BYTES, "InvalidParameterValue: one or more parameters are too long"
            if code := self._unsendable("send_message", entry):
                raise client_error(code, "SendMessage")
            return {"MessageId": self._take(request["QueueUrl"], entry)}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        with self.called("send_message_batch", request):
            entries = _entries(request)
            assert sum(map(_size, entries)) <= MAX_BYTES, "BatchRequestTooLong"
            successful, failed = [], []
            for entry in entries:
                if code := self._unsendable("send_message_batch", entry):
                    failed.append({"Id": entry["Id"], "Code": code, "SenderFault": False})
                else:
                    successful.append({"Id": entry["Id"], "MessageId": self._take(request["QueueUrl"], entry)})
            return {"Successful": successful, "Failed": failed}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        with self.called("receive_message", request):
            most = request.get("MaxNumberOfMessages", 1)
            assert 1 <= most <= MAX_ENTRIES, "InvalidParameterValue: MaxNumberOfMessages"
            wait, seconds = request.get("WaitTimeSeconds", 0), request.get("VisibilityTimeout", self.visibility)
            assert 0 <= wait <= MAX_WAIT, "InvalidParameterValue: WaitTimeSeconds"
            assert 0 <= seconds <= MAX_VISIBILITY, "InvalidParameterValue: VisibilityTimeout"
            found = self.visible(request["QueueUrl"])[:most]
            for message in found:
                self.receive(message, seconds)
            answer = {
                "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(self.clock.now(), usegmt=True)}},
            }
            if not found:
                self.clock.sleep(wait if self.waits else 0)
                return answer
            return answer | {"Messages": [_received(message, request) for message in found]}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        operation = "change_message_visibility_batch"
        with self.called(operation, request):
            now, failed, successful = self.clock.now(), [], []
            named = self._named(request)
            for entry in _entries(request):
                assert 0 <= entry["VisibilityTimeout"] <= MAX_VISIBILITY, "InvalidParameterValue: VisibilityTimeout"
                message = named.get(entry["ReceiptHandle"])
                if code := self.refuse(operation, entry):
                    failed.append({"Id": entry["Id"], "Code": code})
                elif message is None or message.visible_at <= now:
                    failed.append({"Id": entry["Id"], "Code": "MessageNotInflight"})
                else:
                    message.visible_at = now + timedelta(seconds=entry["VisibilityTimeout"])
                    successful.append({"Id": entry["Id"]})
            return {"Successful": successful, "Failed": failed}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        """Delete by receipt handles. A stale handle deletes nothing, but SQS reports success (DeleteMessage)."""
        operation, url = "delete_message_batch", request["QueueUrl"]
        with self.called(operation, request):
            failed, successful, named = [], [], self._named(request)
            gone = set()
            for entry in _entries(request):
                if code := self.refuse(operation, entry):
                    failed.append({"Id": entry["Id"], "Code": code})
                    continue
                self.deleted.setdefault(url, []).append(entry["ReceiptHandle"])
                successful.append({"Id": entry["Id"]})
                if message := named.get(entry["ReceiptHandle"]):
                    gone.add(message.id)
            if gone:
                self.queues[url][:] = [each for each in self.queues[url] if each.id not in gone]
            return {"Successful": successful, "Failed": failed}

    def change_message_visibility(self, **request: Any) -> None:
        entry = {
            "Id": "0",
            "ReceiptHandle": request["ReceiptHandle"],
            "VisibilityTimeout": request["VisibilityTimeout"],
        }
        answer = self.change_message_visibility_batch(QueueUrl=request["QueueUrl"], Entries=[entry])
        for failed in answer["Failed"]:
            raise client_error(failed["Code"], "ChangeMessageVisibility")

    def delete_message(self, **request: Any) -> None:
        entry = {"Id": "0", "ReceiptHandle": request["ReceiptHandle"]}
        answer = self.delete_message_batch(QueueUrl=request["QueueUrl"], Entries=[entry])
        for failed in answer["Failed"]:
            raise client_error(failed["Code"], "DeleteMessage")

    def _named(self, request: Mapping[str, Any]) -> dict[str, QueuedMessage]:
        """The messages for the batch's handles; stale handles have none."""
        handles = {entry["ReceiptHandle"] for entry in request["Entries"]}
        return {each.handle: each for each in self.queues.get(request["QueueUrl"], ()) if each.handle in handles}

    def _unsendable(self, operation: str, entry: Mapping[str, Any]) -> str | None:
        """The error code for an invalid message, which is empty or has characters outside XML 1.0; else None."""
        assert 0 <= entry.get("DelaySeconds", 0) <= MAX_DELAY, "InvalidParameterValue: DelaySeconds"
        assert _GROUP.fullmatch(entry.get("MessageGroupId", "-")), "InvalidParameterValue: MessageGroupId"
        attributes = entry.get("MessageAttributes", {})
        assert len(attributes) <= MAX_ATTRIBUTES, "InvalidParameterValue: number of message attributes"
        texts = [value["StringValue"] for value in attributes.values() if "StringValue" in value]
        assert all(texts), "InvalidParameterValue: an attribute must have a value"
        assert all(text.isascii() for text in texts), "our attributes are ASCII: their bytes are counted as characters"
        if code := self.refuse(operation, entry):
            return code
        body = entry["MessageBody"]
        return "InvalidMessageContents" if not body or _NOT_XML.search(body) else None

    def _take(self, url: str, entry: dict[str, Any]) -> str:
        self.sent.setdefault(url, []).append(entry)
        delay, group = entry.get("DelaySeconds", 0), entry.get("MessageGroupId")
        return self.put(url, entry["MessageBody"], entry.get("MessageAttributes"), group, delay=delay)


def _entries(request: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The entries of a batch, checked against SQS's limits."""
    entries: Sequence[dict[str, Any]] = request["Entries"]
    assert entries, "EmptyBatchRequest"
    assert len(entries) <= MAX_ENTRIES, "TooManyEntriesInBatchRequest"
    ids = [entry["Id"] for entry in entries]
    assert all(map(_ENTRY_ID.fullmatch, ids)), "InvalidBatchEntryId"
    assert len(set(ids)) == len(ids), "BatchEntryIdsNotDistinct"
    return entries


def _size(entry: Mapping[str, Any]) -> int:
    """The size of a message in bytes: body, and names, types and values of attributes."""
    size = len(entry["MessageBody"].encode(errors="surrogatepass"))
    for name, value in entry.get("MessageAttributes", {}).items():
        parts = (part if isinstance(part, bytes) else part.encode() for part in value.values())
        size += len(name.encode()) + sum(map(len, parts))
    return size


def _received(message: QueuedMessage, request: Mapping[str, Any]) -> dict[str, Any]:
    """A message in ReceiveMessage's form with the requested attributes."""
    named = request.get("MessageAttributeNames", ())
    attributes = {name: value for name, value in message.attributes.items() if "All" in named or name in named}
    system = {
        "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
        "ApproximateReceiveCount": str(message.receives),
    } | ({"MessageGroupId": message.group} if message.group else {})
    asked = {*request.get("AttributeNames", ()), *request.get("MessageSystemAttributeNames", ())}
    shown = {name: value for name, value in system.items() if "All" in asked or name in asked}
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "Body": message.body,
        **({"Attributes": shown} if shown else {}),
        **({"MessageAttributes": attributes} if attributes else {}),
    }
