"""The bill: what one event costs, by what is paid for and by who sends the bill, and what stands there costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class AwsService(StrEnum):
    """Who sends the bill."""

    EVENTBRIDGE = "EventBridge"
    SQS = "SQS"
    LAMBDA = "Lambda"
    DYNAMODB = "DynamoDB"
    LOGS = "Logs"
    XRAY = "X-Ray"
    SCHEDULER = "Scheduler"


class Purpose(Enum):
    """What is paid for: in words, and to whom."""

    SCHEDULE = "start by the scheduler", AwsService.SCHEDULER
    EVENT = "event on the bus", AwsService.EVENTBRIDGE
    ARCHIVE = "archive", AwsService.EVENTBRIDGE
    SENDS = "sends to the queues", AwsService.SQS
    RECEIVES = "receives and deletes", AwsService.SQS
    INVOCATIONS = "invocations", AwsService.LAMBDA
    COMPUTE = "our own time", AwsService.LAMBDA
    OTHER_SIDE = "wait for the other side", AwsService.LAMBDA
    GUARD = "guard of the job, two writes", AwsService.DYNAMODB
    REMEMBERED = "ids that are remembered", AwsService.DYNAMODB
    OUTCOME_LINES = "outcome lines", AwsService.LOGS
    METRICS = "metrics records", AwsService.LOGS
    PLATFORM_LINES = "Lambda's own lines", AwsService.LOGS
    TRACES = "traces", AwsService.XRAY

    def __init__(self, words: str, service: AwsService) -> None:
        self.words = words
        self.service = service


KEPT = (Purpose.ARCHIVE, Purpose.REMEMBERED, Purpose.TRACES)
"""What is kept of an event, and recorded of its way: by how long a stage keeps it, and by X-Ray's sampling."""

REQUESTS = (Purpose.EVENT, Purpose.SENDS, Purpose.RECEIVES, Purpose.INVOCATIONS, Purpose.GUARD)
"""What goes by the request or the write, however fast the code is and however little it logs."""


@dataclass(frozen=True)
class Price:
    """What one event costs, in dollars."""

    by_purpose: Mapping[Purpose, float]

    @property
    def dollars(self) -> float:
        """In all."""
        return sum(self.by_purpose.values())

    @property
    def ours(self) -> float:
        """Without the wait for the other side: the platform's and the framework's part."""
        return self.without(Purpose.OTHER_SIDE)

    def without(self, *purposes: Purpose) -> float:
        """In all, but for these."""
        return sum(dollars for purpose, dollars in self.by_purpose.items() if purpose not in purposes)

    @property
    def by_service(self) -> dict[AwsService, float]:
        """What goes to whom; who gets nothing is left out."""
        total: dict[AwsService, float] = {}
        for purpose, dollars in self.by_purpose.items():
            total[purpose.service] = total.get(purpose.service, 0.0) + dollars
        return total

    def of(self, service: AwsService) -> float:
        """What goes to one of them."""
        return self.by_service.get(service, 0.0)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bill."""

    what: str
    count: float
    price: float
    """Dollars a month for one."""

    @property
    def dollars(self) -> float:
        """A month."""
        return self.count * self.price
