"""A handler without a framework of our own: Powertools as its documentation teaches it, at its best.

It handles a booking as ours does: it validates envelope and payload by the same contract, and logs one outcome line
with the same fields. It samples the same two metrics, written once a batch. A record that fails is reported, and SQS
delivers it again.

It follows these pages (docs.aws.amazon.com/powertools/python): Batch Processing, "Pydantic integration" and "Working
with full batch failures"; Parser, "Envelopes" and `Json` fields; Logger, "Capturing Lambda context info" and "Extra
parameters"; Metrics, `log_metrics`. Tracer is left out: Lambda's active tracing does not need it, and it costs most.
"""

from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.typing import LambdaContext

from schemas.bookings import BookingCreated
from schemas.message import Message


class BookingRecord(SqsRecordModel):
    """An SQS record whose body is a booking."""

    body: Json[Message[BookingCreated]]


processor = BatchProcessor(event_type=EventType.SQS, model=BookingRecord, raise_on_entire_batch_failure=False)
logger = Logger()
metrics = Metrics()


def record_handler(record: BookingRecord) -> None:
    """React to one booking without follow-ups."""
    started = perf_counter()
    message: Message[BookingCreated] = record.body
    metrics.add_metric(name="Failure", unit=MetricUnit.Count, value=0)
    latency = (datetime.now(UTC) - message.timestamp).total_seconds() * 1000
    metrics.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=round(latency))
    logger.info(
        "succeeded",
        outcome="succeeded",
        type=message.type,
        id=message.id,
        company_id=message.company_id,
        attempt=message.attempts,
        sqs_message_id=record.messageId,
        duration_ms=round((perf_counter() - started) * 1000),
    )


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handle a batch from Lambda."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
