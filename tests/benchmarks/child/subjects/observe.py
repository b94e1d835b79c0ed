"""The log lines and metrics of a batch in which every record succeeds; the messages are read before."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from fresh import HANDLER, BenchmarkContext  # type: ignore[import-not-found]  # it is on the path where this runs

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.runtime import write_line
from schemas.decoding import decode
from schemas.reasons import Outcome


def make(subject: Any) -> Callable[[], object]:
    """The work."""
    event_type, now, context = import_module(HANDLER).handler.event_type, datetime.now(UTC), BenchmarkContext()
    deliveries = [Delivery(record) for record in subject["event"]["Records"]]
    for delivery in deliveries:
        message: Any = decode(delivery.body, event_type, catalogue=dict)
        delivery.message, delivery.decision = message, DoneDecision(Outcome.SUCCEEDED)

    def work() -> None:
        telemetry = Telemetry(event_type.name, context, write_line, lambda: now, stage="prod", version="5d41402a")
        for delivery in deliveries:
            telemetry.report(delivery, Outcome.SUCCEEDED)
        telemetry.flush()

    return work
