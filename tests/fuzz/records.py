"""Convert a text to SQS records.

RS separates the records. US separates the fields of a record: the body, then optionally the number of extra receives
and message attributes as `name=value`. SQS refuses both separators in a body.
"""

from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from tests.fakes.function import sqs_record
from tests.fuzz.encoding import FIELD, RECORD

MAX_RECORDS = 10
"""Maximum records of a batch without a batching window (SQS)."""

_MAX_ATTRIBUTES = 10
_MAX_RECEIVES = 9


def records(text: str) -> list[SqsRecord]:
    """Return the records as Lambda passes them; SQS has no empty bodies."""
    bodies = [each for each in text.split(RECORD) if each.split(FIELD)[0]][:MAX_RECORDS]
    return [_record(body, number) for number, body in enumerate(bodies)]


def _record(text: str, number: int) -> SqsRecord:
    body, *fields = text.split(FIELD)
    receives = 1
    if fields and fields[0].isascii() and fields[0].isdigit():
        receives = 1 + int(fields.pop(0)[:2]) % _MAX_RECEIVES
    attributes: dict[str, Any] = {}
    for field in fields[:_MAX_ATTRIBUTES]:
        name, _, value = field.partition("=")
        attributes[name or "a"] = {"stringValue": value, "dataType": "String"}
    return sqs_record(body, message_id=f"m-{number}", receive_count=receives, attributes=attributes)
