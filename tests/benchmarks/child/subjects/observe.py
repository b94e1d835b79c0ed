"""A batch's ordinary outcome lines and its metrics, of messages that are read already."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from fresh import HANDLER, Context  # type: ignore[import-not-found]  # it is on the path where this runs

from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.record import Record
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.runtime import write_line
from schemas.decoding import decode
from schemas.reasons import Outcome


def make(subject: Any) -> Callable[[], object]:
    """The work."""
    event_type, now, context = import_module(HANDLER).handler.event_type, datetime.now(UTC), Context()
    done: Any = [
        (decode(record["body"], event_type, catalogue=dict), Delivery(Record(record)))
        for record in subject["event"]["Records"]
    ]

    def work() -> None:
        observer = Telemetry(event_type.name, context, write_line)
        for message, delivery in done:
            observer.ordinary(Outcome.SUCCEEDED, message, delivery, at=now)
        observer.flush()

    return work
