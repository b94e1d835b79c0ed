"""A journey as JSON records: one for each hop, and one for each message without a log line."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ops.trace.journey import Hop, Node, began
from ops.trace.notifications import notifications


def records(roots: Iterable[Node], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield a record for every hop of every message, parents first; empty fields are left out.

    The first record of a message that notifies people has the notification's sentence for support, as `summary`.

    Args:
        roots: the trees.
        now: the present time, for the sentences.
    """
    trees = tuple(roots)
    start = began(trees)
    summaries = {id(each.node): each.sentence for each in notifications(trees, now)}
    for root in trees:
        parents: list[str] = []
        for depth, node in root.walk():
            parents[depth:] = [node.id]
            message = {
                "id": node.id,
                "type": node.type,
                "company_id": node.company_id,
                "parent": parents[depth - 1] if depth else "",
                "depth": depth,
                "state": str(node.state),
                "key": node.key,
                "due": node.due.isoformat(timespec="milliseconds") if node.due else "",
            }
            first = {"summary": summaries.get(id(node), "")}
            for hop in node.hops:
                yield _without_empty(message | first | _hop(hop, start))
                first = {}
            if not node.hops:
                yield _without_empty(message | first)


def _hop(hop: Hop, start: datetime | None) -> dict[str, Any]:
    first, last = hop.first, hop.last
    return {
        "what": str(last.what),
        "service": last.service,
        "subject": last.subject,
        "source": last.source,
        "at": first.at.isoformat(timespec="milliseconds"),
        "after_ms": round((first.at - start).total_seconds() * 1000) if start else None,
        "times": len(hop.lines) if len(hop.lines) > 1 else None,
        "until": last.at.isoformat(timespec="milliseconds") if len(hop.lines) > 1 else "",
        "attempt": last.attempt,
        "receive_count": last.receive_count,
        "redriven": last.redriven,
        "duration_ms": last.duration_ms,
        "delay": last.delay,
        "error": last.error,
        "detail": last.detail,
        "frame": last.frame,
        "reason": last.reason,
        "fingerprint": last.fingerprint,
        "who": last.who,
        "correlation_id": last.correlation_id,
        "sqs_message_id": last.sqs_message_id,
        "request_id": last.request_id,
    }


def _without_empty(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value not in ("", None)}
