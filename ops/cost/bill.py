"""Prices of one event by purpose and AWS service, and items with a fixed monthly cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class AwsService(StrEnum):
    """The AWS service that charges."""

    EVENTBRIDGE = "EventBridge"
    SQS = "SQS"
    LAMBDA = "Lambda"
    DYNAMODB = "DynamoDB"
    LOGS = "Logs"
    XRAY = "X-Ray"
    SCHEDULER = "Scheduler"


class Purpose(Enum):
    """A part of an event's price: its label and the service that charges for it."""

    SCHEDULE = "scheduler invocation", AwsService.SCHEDULER
    EVENT = "event on the bus", AwsService.EVENTBRIDGE
    ARCHIVE = "archive", AwsService.EVENTBRIDGE
    SENDS = "sends to the queues", AwsService.SQS
    RECEIVES = "receives and deletes", AwsService.SQS
    INVOCATIONS = "invocations", AwsService.LAMBDA
    COMPUTE = "compute", AwsService.LAMBDA
    WAITING = "wait for the called service", AwsService.LAMBDA
    IDEMPOTENCY_WRITES = "idempotency, two writes", AwsService.DYNAMODB
    IDEMPOTENCY_STORAGE = "stored idempotency records", AwsService.DYNAMODB
    SUCCESS_NOTES = "notes that the called system works", AwsService.DYNAMODB
    ENDPOINT_READS = "reads about the endpoint", AwsService.DYNAMODB
    ENDPOINT_NOTES = "notes that the endpoint fails", AwsService.DYNAMODB
    SUPPRESSION_READS = "looks into the suppression list", AwsService.DYNAMODB
    SUPPRESSION_WRITES = "changes of the suppression list", AwsService.DYNAMODB
    OUTCOME_LINES = "outcome lines", AwsService.LOGS
    METRICS = "metrics records", AwsService.LOGS
    PLATFORM_LINES = "Lambda's platform logs", AwsService.LOGS
    TRACES = "traces", AwsService.XRAY

    def __init__(self, label: str, service: AwsService) -> None:
        self.label = label
        self.service = service


STORAGE_AND_TRACES = (Purpose.ARCHIVE, Purpose.IDEMPOTENCY_STORAGE, Purpose.TRACES)
"""Parts that depend on settings: retention of the archive and of idempotency records, and X-Ray's sampling rate."""

REQUESTS = (
    Purpose.EVENT,
    Purpose.SENDS,
    Purpose.RECEIVES,
    Purpose.INVOCATIONS,
    Purpose.IDEMPOTENCY_WRITES,
    Purpose.SUCCESS_NOTES,
    Purpose.ENDPOINT_READS,
    Purpose.ENDPOINT_NOTES,
    Purpose.SUPPRESSION_READS,
    Purpose.SUPPRESSION_WRITES,
)
"""Parts charged by request or write, which faster code and fewer logs do not reduce."""


@dataclass(frozen=True)
class Price:
    """The price of one event, in dollars."""

    by_purpose: Mapping[Purpose, float]

    @property
    def dollars(self) -> float:
        """The total."""
        return sum(self.by_purpose.values())

    @property
    def without_waiting(self) -> float:
        """The total without the wait for the called service."""
        return self.without(Purpose.WAITING)

    def without(self, *purposes: Purpose) -> float:
        """Return the total without these parts."""
        return sum(dollars for purpose, dollars in self.by_purpose.items() if purpose not in purposes)

    @property
    def by_service(self) -> dict[AwsService, float]:
        """Dollars by service; services that charge nothing are left out."""
        total: dict[AwsService, float] = {}
        for purpose, dollars in self.by_purpose.items():
            total[purpose.service] = total.get(purpose.service, 0.0) + dollars
        return total

    def of(self, service: AwsService) -> float:
        """Return the dollars of one service."""
        return self.by_service.get(service, 0.0)


@dataclass(frozen=True, slots=True)
class Item:
    """An item with a fixed monthly cost."""

    label: str
    count: float
    price: float
    """Dollars a month for one."""

    @property
    def dollars(self) -> float:
        """Dollars a month."""
        return self.count * self.price
