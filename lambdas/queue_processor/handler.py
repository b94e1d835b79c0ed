"""The ingress: takes what producers put on the queue, refuses what is no message, puts the rest on the bus."""

from lambdas.common.batch.delivery import DoneDecision
from lambdas.common.batch.loop import BatchResponse, process
from lambdas.common.batch.record import SqsEvent
from lambdas.common.budget import Context
from lambdas.common.clients.outbox import BusEntry
from lambdas.common.runtime import runtime
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.event_type import Backoff
from schemas.message import AnyMessage
from schemas.names import INGRESS_SOURCE, QUEUE_PROCESSOR
from schemas.problems import Refusal
from schemas.reasons import Outcome


class Routing:
    """The ingress's part in the shared loop. It never changes `attempts`: they are the job's, not the way's."""

    service = QUEUE_PROCESSOR
    shares_batches = True
    least_share = 0.0
    max_attempts = 3
    backoff = Backoff(base=1)

    def read(self, body: str) -> AnyMessage | Refusal:
        """Check all that the contract asks, in full."""
        return decode_strictly(body, catalogue=BY_NAME)

    def first_attempt(self, message: AnyMessage, failed: int) -> int:  # noqa: ARG002 the message's are the job's
        """Count what failed here alone."""
        return 1 + failed

    def copy_body(self, body: str, attempts: int) -> str:  # noqa: ARG002 likewise
        """Send back what came."""
        return body

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        """Publish the body as it came, with its id. What it says of its source is a claim, and not the event's."""
        return DoneDecision(
            Outcome.ROUTED, [BusEntry(message.id, message.type, INGRESS_SOURCE, stamped(body, message))]
        )


def stamped(body: str, message: AnyMessage) -> str:
    """The body with its derived id, so that no later function has to derive it; every other byte as it came."""
    if "id" in message.model_fields_set:
        return body
    before, after = body.split("{", 1)
    return f'{before}{{"id":"{message.id}",{after}'


def handler(event: SqsEvent, context: Context) -> BatchResponse:
    """Handle a batch of Lambda's."""
    return process(event, context, work=Routing(), runtime=runtime())
