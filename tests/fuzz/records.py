"""A text as records of a queue.

One record after the other, separated by RS; in a record its body, and where they follow, the times that it was
received and its message attributes, `name=value`, separated by US. SQS takes neither character in a body.
"""

from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from tests.fakes.function import sqs_record
from tests.fuzz.encoding import FIELD, RECORD

MOST_RECORDS = 10
"""Of a batch of SQS's without a window."""

_MOST_ATTRIBUTES = 10
_MOST_RECEIVES = 9


def records(text: str) -> list[SqsRecord]:
    """What Lambda would pass. There is no empty body in SQS."""
    bodies = [each for each in text.split(RECORD) if each.split(FIELD)[0]][:MOST_RECORDS]
    return [_record(body, number) for number, body in enumerate(bodies)]


def _record(text: str, number: int) -> SqsRecord:
    body, *fields = text.split(FIELD)
    receives = 1
    if fields and fields[0].isascii() and fields[0].isdigit():
        receives = 1 + int(fields.pop(0)[:2]) % _MOST_RECEIVES
    attributes: dict[str, Any] = {}
    for field in fields[:_MOST_ATTRIBUTES]:
        name, _, value = field.partition("=")
        attributes[name or "a"] = {"stringValue": value, "dataType": "String"}
    return sqs_record(body, message_id=f"m-{number}", receive_count=receives, attributes=attributes)
