"""The natural handler of a job: `natural.py` with Powertools' idempotency as its documentation teaches it.

It follows the page Idempotency, "Batch integration". The environment names its table.
"""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.typing import LambdaContext

from schemas.activities import ActivityRecord
from schemas.message import Message


class ActivityRecordOfSqs(SqsRecordModel):
    """An SQS record whose body is an activity to record."""

    body: Json[Message[ActivityRecord]]


processor = BatchProcessor(event_type=EventType.SQS, model=ActivityRecordOfSqs, raise_on_entire_batch_failure=False)
logger = Logger()
metrics = Metrics()
store = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=30 * 24 * 3600)


@idempotent_function(  # type: ignore[untyped-decorator]  # it accepts a function of any type
    data_keyword_argument="message",
    config=config,
    persistence_store=store,
)
def run(message: dict[str, Any]) -> None:
    """Do nothing in place of the side effect."""


def record_handler(record: ActivityRecordOfSqs) -> None:
    """Run one job."""
    message: Message[ActivityRecord] = record.body
    run(message=message.model_dump(mode="json"))
    metrics.add_metric(name="Failure", unit=MetricUnit.Count, value=0)
    logger.info("succeeded", outcome="succeeded", type=message.type, id=message.id, company_id=message.company_id)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handle a batch from Lambda."""
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
