"""What the morning contains beside failures: ids that two services share, a proxy before the CRM, odd rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local.checks.message_key import MessageKey
from local.checks.records import Snapshot
from local.standins.crm.state import CrmCall
from ops.terminal.output import counted


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the morning, and whether it did no harm."""

    holds: bool
    sentence: str


def incidents(snapshot: Snapshot) -> Sequence[Incident]:
    """The incidents; one that did not occur does not hold, either."""
    return (_shared_ids(snapshot), _proxy(snapshot.calls), _odd_rows(snapshot))


def _shared_ids(snapshot: Snapshot) -> Incident:
    bodies: defaultdict[str, set[str]] = defaultdict(set)
    keys: defaultdict[str, set[MessageKey]] = defaultdict(set)
    for item in snapshot.accepted:
        bodies[item.id].add(item.publication.body)
        keys[item.id].add(item.key)
    shared = [id_ for id_, different in bodies.items() if len(different) > 1]
    result = snapshot.reconciliation
    missing = [key for id_ in shared for key in keys[id_] if result.final[key] < result.expected[key]]
    messages = sum(len(bodies[id_]) for id_ in shared)
    ids = counted(len(shared), "id")
    return Incident(
        bool(shared) and not missing,
        f"{ids} came from two services each: {messages - len(missing)} of {messages} messages were done, "
        "or set apart as id_conflict",
    )


def _proxy(calls: Iterable[CrmCall]) -> Incident:
    """Whether each request that a proxy answered was made again, and then answered by the CRM."""
    by_proxy = {(call.method, call.path, call.key): call.status for call in calls if call.by_proxy}
    answered = {(call.method, call.path, call.key) for call in calls if not call.by_proxy}
    again = by_proxy.keys() & answered
    number = counted(len(by_proxy), "call")
    statuses = " or ".join(map(str, sorted(set(by_proxy.values()))))
    return Incident(
        bool(by_proxy) and again == by_proxy.keys(),
        f"a proxy answered {number} in the CRM's place, with a page and {statuses or 'no status'}: "
        f"{len(again)} made again",
    )


def _odd_rows(snapshot: Snapshot) -> Incident:
    left_out = [sentence for line in snapshot.lines for sentence in line.left_out]
    example = f", for example {left_out[0]}" if left_out else ""
    return Incident(
        bool(left_out), f"{len(left_out)} rows or values of the CRM's answers were odd; the rest was served{example}"
    )
