"""The notifier's log lines: what was posted, what was not and why, and how each run ended."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from lambdas.common.budget import Context
from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.cards.card import CardKind, Notice
from schemas.names import SLACK_NOTIFIER, metric_namespace
from schemas.pauses import Pause
from schemas.reasons import OperatorAction
from schemas.wire import timestamp


class NotifierLog:
    """Writes the log lines of one run. They hold ids and figures, never the webhook's URL."""

    def __init__(
        self, context: Context, *, version: str, now: Callable[[], datetime], write: Callable[[str], Any]
    ) -> None:
        """Write the lines of one invocation; each names the function, its code's version and the request id."""
        self._origin = {
            "service": SLACK_NOTIFIER,
            "function_name": context.function_name,
            "function_version": version,
            "function_request_id": context.aws_request_id,
        }
        self._now = now
        self._write = write

    def sent(self, message: str, notice: Notice) -> None:
        """Log that a card was sent; `message` says by which channel."""
        self._line("INFO", message, **_notice_fields(notice))

    def summed_up(self, causes: Iterable[AlertCause]) -> None:
        """Log alerts that a later card will sum up."""
        for cause in causes:
            self._line("INFO", "summed up", card=CardKind.UNDELIVERED, **_cause_fields(cause))

    def quiet(self, cause: AlertCause, *, why: str, total: int) -> None:
        """Log alerts that need no card, and why; `total` are the dead letters of the cause with them."""
        self._line("INFO", "quiet", why=why, total=total, **_cause_fields(cause))

    def left(self, cause: AlertCause) -> None:
        """Log alerts that wait for the next run, because another notifier writes their cause."""
        self._line("INFO", "left for the next run", **_cause_fields(cause))

    def warn(self, message: str, notice: Notice | None = None, **fields: Any) -> None:
        """Log a fault that may pass by itself or can be repaired."""
        self._line("WARNING", message, **(_notice_fields(notice) if notice else {}), **fields)

    def resumes(self, pause: Pause) -> None:
        """Log that a pause is being ended, because its time is over. The line does not say whose it was."""
        until = {"until": timestamp(pause.until)} if pause.until else {}
        self._line("INFO", OperatorAction.RESUMED, paused=pause.service, pause=pause.subject, **until)

    def metric(self, stage: str, name: str, service: str) -> None:
        """Write a metric of a service with the value 1, in CloudWatch's embedded metric format.

        A line has one value for each dimension, so each service needs a line (CloudWatch User Guide, "Specification:
        Embedded metric format").
        """
        directive = {
            "Namespace": metric_namespace(stage),
            "Dimensions": [["service"]],
            "Metrics": [{"Name": name, "Unit": "Count"}],
        }
        about = {"Timestamp": round(self._now().timestamp() * 1000), "CloudWatchMetrics": [directive]}
        self._write(json.dumps({"_aws": about, "service": service, name: 1}, separators=(",", ":")))

    def drained(self, *, received: int, left: int, oldest: float) -> None:
        """Log the end of the run.

        Args:
            received: alerts received; those that are not left were posted, noted or summed up, and deleted.
            left: alerts left for the next run.
            oldest: seconds since the oldest alert that is left was sent; 0 if none is left.
        """
        self._line("INFO", "drained", alerts=received, deleted=received - left, left=left, oldest_seconds=round(oldest))

    def _line(self, level: str, message: str, **fields: Any) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        line = {"level": level, "message": message, "timestamp": at, **self._origin, **fields}
        self._write(json.dumps(line, separators=(",", ":")))


def _cause_fields(cause: AlertCause) -> dict[str, int | Sequence[str]]:
    return {"fingerprints": [cause.first.fingerprint], "ids": list(cause.ids), "count": cause.count}


def _notice_fields(notice: Notice) -> dict[str, str | int | Sequence[str]]:
    return {
        "card": notice.kind,
        "fingerprints": list(notice.fingerprints),
        "ids": list(notice.ids),
        "alarms": list(notice.alarms),
        "count": notice.count,
        **({"news": notice.news, "total": notice.total} if notice.news else {}),
        **({"destination": notice.destination} if notice.destination else {}),
        **({"pause": notice.pause} if notice.pause else {}),
    }
