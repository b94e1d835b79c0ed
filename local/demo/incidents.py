"""What the morning contains beside failures: the CRM is away and is limited, ids are shared, rows are odd."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from local.checks.records import Snapshot
from local.standins.crm.state import CrmCall
from ops.conserve.message_key import MessageKey
from ops.terminal.output import counted
from schemas.destinations import Destination
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.reasons import Outcome, Reason

OUTAGE_SECONDS = 20
REPORTS_A_SECOND = 5

_LONGEST_BACKLOG = 60
"""Seconds."""

_OF_AN_OUTAGE = {Reason.UNAVAILABLE, Reason.ATTEMPTS_EXHAUSTED}
_GENERATE = "/internal/reports/[^/]+/generate"
_EMAIL_STATUS = "/internal/companies/[^/]+/contacts/email-status"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the morning, and whether it did no harm."""

    holds: bool
    sentence: str


def incidents(snapshot: Snapshot) -> Sequence[Incident]:
    """The incidents; one that did not occur does not hold, either."""
    return (
        _outage(snapshot),
        _rate(snapshot),
        _shared_ids(snapshot),
        _proxy(snapshot.calls),
        _odd_rows(snapshot),
        _undelivered(snapshot),
    )


def _outage(snapshot: Snapshot) -> Incident:
    """Whether all messages that waited for the CRM were done soon after it came back.

    It has no card: the notifier reports an outage that lasts for a minute.
    """
    waited = {
        MessageKey.of_line(line)
        for line in snapshot.lines
        if line.what is Outcome.DEFERRED and line.destination == Destination.CRM
    }
    last = [line for line in snapshot.lines if line.final and MessageKey.of_line(line) in waited]
    dead = {line.id for line in last if line.reason in _OF_AN_OUTAGE}
    began, ended = (snapshot.outages[-1].began, snapshot.outages[-1].ends) if snapshot.outages else (None, None)
    seconds = max((line.at - ended).total_seconds() for line in last) if ended and last else 0.0
    away = (ended - began).total_seconds() if began and ended else 0
    return Incident(
        bool(snapshot.outages and waited) and not dead and seconds <= _LONGEST_BACKLOG,
        f"the CRM was away for {away:.0f} s: {counted(len(waited), 'message')} waited, {len(dead)} died of it, "
        f"and the backlog was done {seconds:.0f} s after",
    )


def _rate(snapshot: Snapshot) -> Incident:
    """Whether all reports were generated although the CRM takes few a second."""
    calls = [call for call in snapshot.calls if re.fullmatch(_GENERATE, call.path)]
    refused = sum(call.status == HTTPStatus.TOO_MANY_REQUESTS for call in calls)
    done = {call.key for call in calls if call.accepted}
    asked = {call.key for call in calls}
    return Incident(
        bool(refused) and done == asked,
        f"the CRM took {REPORTS_A_SECOND} reports a second and refused {counted(refused, 'call')}: "
        f"{len(done)} of {len(asked)} were generated",
    )


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


def _undelivered(snapshot: Snapshot) -> Incident:
    """Whether the CRM was informed of each address whose mail bounced or was marked as spam."""
    reported = Counter(line.service for line in snapshot.lines if line.what is Outcome.SUCCEEDED)
    delivered, bounced, complained = (
        reported[each.name] for each in (EMAIL_DELIVERED, EMAIL_BOUNCED, EMAIL_COMPLAINED)
    )
    informed = {call.key for call in snapshot.calls if re.fullmatch(_EMAIL_STATUS, call.path) and call.accepted}
    return Incident(
        bool(bounced and complained) and len(informed) == bounced + complained,
        f"SES reported {counted(delivered, 'mail')} as delivered, {bounced} as bounced and {complained} as spam: "
        f"the CRM was informed of {len(informed)} of {bounced + complained} addresses",
    )
