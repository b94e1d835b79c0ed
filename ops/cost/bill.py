"""The bill: what one event costs, by what is paid for and by who sends the bill, and what stands there costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Service(StrEnum):
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

    SCHEDULE = "start by the scheduler", Service.SCHEDULER
    EVENT = "event on the bus", Service.EVENTBRIDGE
    ARCHIVE = "archive", Service.EVENTBRIDGE
    SENDS = "sends to the queues", Service.SQS
    RECEIVES = "receives and deletes", Service.SQS
    INVOCATIONS = "invocations", Service.LAMBDA
    COMPUTE = "our own time", Service.LAMBDA
    OTHER_SIDE = "wait for the other side", Service.LAMBDA
    GUARD = "guard of the job, two writes", Service.DYNAMODB
    REMEMBERED = "ids that are remembered", Service.DYNAMODB
    OUTCOME_LINES = "outcome lines", Service.LOGS
    METRICS = "metrics records", Service.LOGS
    PLATFORM_LINES = "Lambda's own lines", Service.LOGS
    TRACES = "traces", Service.XRAY

    def __init__(self, words: str, service: Service) -> None:
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
    def by_service(self) -> dict[Service, float]:
        """What goes to whom; who gets nothing is left out."""
        total: dict[Service, float] = {}
        for purpose, dollars in self.by_purpose.items():
            total[purpose.service] = total.get(purpose.service, 0.0) + dollars
        return total

    def of(self, service: Service) -> float:
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
