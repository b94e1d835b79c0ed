"""`@ingress` makes the ingress's Lambda handler of a function of one message and its body."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.delivery import Delivery, SqsEvent
from lambdas.common.batch.loop import BatchResponse, process
from lambdas.common.budget import Context
from lambdas.common.clients.outbox import BusEntry
from lambdas.common.errors import PermanentError
from lambdas.common.runtime import Runtime, runtime
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.environment import FunctionEnvironment
from schemas.event_type import Backoff
from schemas.message import AnyMessage
from schemas.names import QUEUE_PROCESSOR
from schemas.problems import Refusal
from schemas.reasons import Outcome, Remedy
from schemas.system import SYSTEM_HEARTBEAT


class IngressHandler:
    """The ingress's handler, and its work. Lambda calls it; a test calls `decide`.

    A message's `attempts` is its job's and stays as it is: the ingress counts its own attempts by their failures.
    """

    service = QUEUE_PROCESSOR
    event_type = None
    least_share = 0.0
    keeps_records = False
    can_skip = False
    max_attempts = 3
    patience = timedelta(days=3)
    backoff = Backoff(base=1)
    delivery_delays: tuple[timedelta, ...] = ()

    def __init__(self, decide: Callable[[AnyMessage, str], BusEntry]) -> None:
        """Wrap the function that makes the event of a message."""
        self.decide = decide
        self.__doc__ = decide.__doc__

    def __call__(self, event: SqsEvent, context: Context) -> BatchResponse:
        """Handle a batch, in the deployed function's runtime."""
        return self.process(event, context, runtime())

    def process(self, event: SqsEvent, context: Context, runtime: Runtime) -> BatchResponse:
        """Handle a batch in a given runtime."""
        return process(event, context, work=self, runtime=runtime)

    def read(self, body: str) -> AnyMessage | Refusal:
        """Validate a body in full."""
        return decode_strictly(body, catalogue=BY_NAME)

    def check_sender(self, message: AnyMessage, delivery: Delivery, environment: FunctionEnvironment) -> None:
        """Accept heartbeats from the stage's schedule alone: others would hide that it sends none.

        A drill hides nothing, as it never succeeds; operators send it.

        Raises:
            PermanentError: another sender sent a heartbeat.
        """
        senders = environment.heartbeat_senders
        if message.type != SYSTEM_HEARTBEAT.name or message.payload.drill or not senders:
            return
        if not delivery.was_first_sent_by(senders):
            raise PermanentError(
                f"{message.type} is sent by the stage's own schedule alone; to test the alerts, run taly-async drill",
                remedy=Remedy.DISCARD,
            )

    def first_attempt(self, message: AnyMessage, failed: int) -> int:  # noqa: ARG002 see the class
        """Count the ingress's own failures."""
        return 1 + failed

    def copy_body(self, body: str, attempts: int) -> str:  # noqa: ARG002 see the class
        """Return the body as it came."""
        return body

    def expired(self, message: AnyMessage) -> None:
        """Route what comes too late as well: its function skips it."""

    def has_recovered(self, message: AnyMessage, since: datetime) -> bool:  # noqa: ARG002 see the class
        """Wait as long as was decided: nothing is known of the bus before it is called."""
        return False

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        """Put the message on the bus."""
        return DoneDecision(Outcome.ROUTED, [self.decide(message, body)])


def ingress(decide: Callable[[AnyMessage, str], BusEntry]) -> IngressHandler:
    """Make the ingress's handler: a function of a valid message and its body that returns the event for the bus."""
    return IngressHandler(decide)
