"""Episodes of a cause: the alerts of a run begin one, or are added to the one that goes on."""

from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.slack_notifier.alerts.causes import AlertCause
from schemas.causes import MAX_TENANTS, Cause, CauseState

RETURNS_WITHIN = timedelta(days=1)
"""A cause whose last dead letter is older begins anew."""


def new_episode(alerts: AlertCause, memory: Cause | None, now: datetime) -> Cause:
    """Return an episode that begins with these alerts. The item's revision goes on, and the count of returns."""
    first = alerts.first
    is_soon = memory is not None and memory.state is CauseState.OVER and now - memory.last_at < RETURNS_WITHIN
    begun = Cause(
        fingerprint=first.fingerprint,
        service=first.service,
        revision=memory.revision if memory else 0,
        returns=memory.returns + 1 if memory and is_soon else 0,
        since=min(alerts.first_at, now),
        last_at=min(alerts.last_at, now),
        reason=first.reason,
        error=first.error,
        frame=first.frame,
        subject_type=first.subject,
        source=first.source,
        detail=first.detail,
    )
    return added(begun, alerts, now)


def added(cause: Cause, alerts: AlertCause, now: datetime) -> Cause:
    """Return an episode with the alerts of a run; no time is later than `now`, whatever an alert says."""
    tenants = sorted(cause.tenants | alerts.tenant_ids)
    return replace(
        cause,
        since=min(cause.since, alerts.first_at),
        last_at=max(cause.last_at, min(alerts.last_at, now)),
        total=cause.total + alerts.count,
        version=alerts.version or cause.version,
        remedy=alerts.remedy or cause.remedy,
        tenants=frozenset(tenants[:MAX_TENANTS]),
        has_more_tenants=cause.has_more_tenants or alerts.has_more_tenants or len(tenants) > MAX_TENANTS,
    )


def reopened(cause: Cause) -> Cause:
    """Return an episode of which no operator takes care any more."""
    return replace(
        cause, state=CauseState.OPEN, until=None, by="", comment="", changed_at=None, total_then=0, resolved_version=""
    )


def ended(cause: Cause) -> Cause:
    """Return an episode that is over."""
    return replace(reopened(cause), state=CauseState.OVER)


def merged(said: Cause, current: Cause, *, since: Cause) -> Cause:
    """Return what a card said, with what an operator decided meanwhile.

    Args:
        said: what the notifier wanted to write.
        current: what the table has.
        since: what the notifier had written before.
    """
    if current.changed_at == since.changed_at:
        return replace(said, revision=current.revision + 1)
    return replace(
        said,
        revision=current.revision + 1,
        state=current.state,
        until=current.until,
        by=current.by,
        comment=current.comment,
        changed_at=current.changed_at,
        total_then=said.total,
        resolved_version=current.resolved_version,
    )
