"""A whole batch of the smallest messages in the natural handler, with another model than bookings."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from fresh import BenchmarkContext  # type: ignore[import-not-found]  # it is on the path where this runs

from lambdas.benchmark.handler import (  # type: ignore[import-not-found]  # it is on the path where this runs
    logger,
    metrics,
    record_handler,
)
from schemas.appointments import AppointmentChanged
from schemas.message import Message


class AppointmentRecord(SqsRecordModel):
    """An SQS record whose body is an appointment."""

    body: Json[Message[AppointmentChanged]]


processor = BatchProcessor(event_type=EventType.SQS, model=AppointmentRecord, raise_on_entire_batch_failure=False)


@metrics.log_metrics  # type: ignore[untyped-decorator]  # the decorator has no types
@logger.inject_lambda_context  # type: ignore[untyped-decorator]  # the decorator has no types
def handler(event: dict[str, Any], context: Any) -> Any:
    """Handle a batch of Lambda's."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    return lambda: handler(subject["event"], BenchmarkContext())
