"""The state of a stage, as text and as JSON records."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.status.destinations import Availability, DestinationStatus
from ops.status.endpoints import summary
from ops.status.health import AlarmSeverity, AlarmStatus, Health, HealthState, Status
from ops.status.pauses import together
from ops.terminal.output import counted, printable
from ops.terminal.times import minute, span
from schemas.names import SYSTEM
from schemas.webhooks import WEBHOOK_DELIVER

_NONE = Text("–", "dim")
_SMALLEST_SHARE = 0.005
"""Smallest failure ratio that is shown as a percentage."""

_RED, _YELLOW = "bold red", "yellow"

_MARKS = {
    HealthState.HEALTHY: ("✓", "green"),
    HealthState.PAUSED: ("‖", _YELLOW),
    HealthState.UNKNOWN: ("?", _YELLOW),
    HealthState.NEEDS_ATTENTION: ("✗", _RED),
}

ENDPOINTS = "webhook endpoints"
"""Name of the row about customers' endpoints, after the called systems."""

UNDELIVERED_LETTERS = (
    "customers' endpoints did not take them. Nothing to do at night; a letter of another cause has a card of its own."
)
"""Advice on the dead letters of `webhook.deliver`."""

_DESTINATION_MARKS = {
    Availability.WORKS: ("✓", "green"),
    Availability.UNAVAILABLE: ("…", _YELLOW),
    Availability.UNKNOWN: ("–", "dim"),
}

_SUMMARIES = {
    HealthState.HEALTHY: "all healthy",
    HealthState.PAUSED: "all healthy except paused:",
    HealthState.UNKNOWN: "state unknown",
    HealthState.NEEDS_ATTENTION: "needs attention:",
}


def text(found: Status) -> Iterator[Text | Table]:
    """The status as text: the headline, and tables with a row for each service and for each system that they call."""
    yield from head(found)
    yield table(found)
    if found.destinations:
        yield Text()
        yield destinations_table(found)


def head(found: Status) -> Iterator[Text]:
    """The headline: what needs attention, the holding queues and the alarms that belong to no type."""
    mark, colour = _MARKS[found.state]
    reasons = [health.service for health in found.services if health.needs_attention]
    reasons += [name for name, count in found.holding.items() if count]
    reasons += [each.name for each in found.destinations if each.state.to_do]
    reasons += [f"{alarm.subject}/{alarm.slug}" for alarm in found.alarms if alarm.state is AlarmSeverity.ALARM]
    if found.state is HealthState.PAUSED:
        reasons = [each.pause.service for each in found.paused]
    yield Text.assemble(
        (f"Stage {found.stage}, {found.at:%Y-%m-%d %H:%M:%S} UTC  ", "bold"),
        (f"{mark} {_SUMMARIES[found.state]} ", colour),
        printable(", ".join(reasons)),
    )
    holding = Text("  ")
    for name, count in found.holding.items():
        holding.append(f"{name} {count:,}  ", _RED if count else "dim")
    holding.append(*_paging_alarm(found))
    yield holding
    yield Text("  attempts and failures of the last 5 minutes; backlog: visible, in flight and delayed", "dim")
    for alarm in found.alarms:
        if alarm.state is AlarmSeverity.ALARM:
            yield Text(f"  {printable(f'{alarm.subject}/{alarm.slug}')} is on{_since(alarm, found)}", _RED)
    for each, services in together(found.paused):
        to_do = f" To do: {each.commands(services, found.stage)}" if each.problem else ""
        yield Text(f"  {each.text(services)}{to_do}", _RED if each.problem else _YELLOW)
    waited_for = [each.name for each in found.destinations if each.state.failing and not each.state.to_do]
    if waited_for:
        yield Text(f"  messages wait for {', '.join(waited_for)}: nothing to do", _YELLOW)
    if found.undelivered:
        yield Text(
            f"  {counted(found.undelivered, 'dead letter')} of {WEBHOOK_DELIVER.name}: {UNDELIVERED_LETTERS} See "
            f"taly-async dead-letters list --type {WEBHOOK_DELIVER.name} --stage {found.stage}",
            _YELLOW,
        )
    for why, names in found.unknown.items():
        yield Text(f"  unknown, {printable(why)}: {printable(found.listed(names))}", _YELLOW)


def table(found: Status) -> Table:
    """A table with a row for each service, marked where it needs attention; readable in 80 columns."""
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("", no_wrap=True)
    # The only column that may wrap, where the table is too wide.
    rows.add_column("service", overflow="fold")
    for name in ("attempts", "failures", "backlog", "oldest", "dead\nletters"):
        rows.add_column(name, justify="right", no_wrap=True)
    rows.add_column("alarm", no_wrap=True)
    for health in found.services:
        is_idle = not (
            health.needs_attention or health.undelivered or health.pause or health.attempts or health.queue.total
        )
        rows.add_row(*_row(health), style="dim" if is_idle else "")
    return rows


def destinations_table(found: Status) -> Table:
    """A table with a row for each system that functions call; readable in 80 columns."""
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("", no_wrap=True)
    rows.add_column("called system", no_wrap=True)
    rows.add_column("state", overflow="fold")
    for each in found.destinations:
        mark = _DESTINATION_MARKS[each.availability]
        is_ours = bool(each.state.to_do)
        rows.add_row(Text(*(("✗", _RED) if is_ours else mark)), Text(each.name), Text(destination_text(each)))
    mark = ("…", _YELLOW) if found.endpoints else ("✓", "green")
    rows.add_row(Text(*mark), Text(ENDPOINTS), Text(endpoints_text(found)))
    return rows


def destination_text(found: DestinationStatus) -> str:
    """What is known about a called system, in a sentence."""
    state, now = found.state, found.state.at
    ago = f"{span(now - state.succeeded_at)} ago" if state.succeeded_at and state.succeeded_at <= now else ""
    if state.since:
        waits = f"{counted(found.waiting, 'message')} {'waits' if found.waiting == 1 else 'wait'}"
        waits, go_on = (waits, ": they go on by themselves") if found.waiting else ("no message waits for it now", "")
        only = f" Only {', '.join(state.only)} {'fails' if len(state.only) == 1 else 'fail'}." if state.only else ""
        to_do = f"To do: {state.to_do}" if state.to_do else f"Nothing to do{go_on}."
        since = f"{state.news} since {minute(state.since)}"
        return printable(f"{since}; {waits}.{only} It failed with: {state.why}. {to_do}")
    if found.availability is Availability.WORKS:
        return f"works; last success noted {ago}" if ago else "works"
    if found.failed_at:
        return f"failed last {span(now - found.failed_at)} ago; nothing was noted since"
    return "no failure was noted"


def endpoints_text(found: Status) -> str:
    """The number of webhook endpoints that fail or are disabled, in a sentence with the command that lists them."""
    if not found.endpoints:
        return "none fails"
    since = min((each.failing_since for each in found.endpoints if each.failing_since), default=None)
    when = f", the first since {minute(since)}" if since else ""
    return f"{summary(found.endpoints)}{when}. Nothing to do; see taly-async endpoints --stage {found.stage}"


def _endpoints_record(found: Status) -> dict[str, Any] | None:
    """The numbers of endpoints; None where the table was not read."""
    if found.destinations_unread:
        return None
    disabled = sum(1 for each in found.endpoints if each.disabled_at)
    return {"failing": len(found.endpoints) - disabled, "disabled": disabled}


def _pause_record(health: Health) -> dict[str, Any] | None:
    """The pause; None where there is none. One without a subject was made by hand."""
    if health.pause is None:
        return None
    pause = health.pause.pause
    return {
        "subject": pause.subject or None,
        "by": pause.by or None,
        "since": pause.since.isoformat(timespec="seconds") if pause.since else None,
        "until": pause.until.isoformat(timespec="seconds") if pause.until else None,
    }


def _destination_record(found: DestinationStatus) -> dict[str, Any]:
    state = found.state
    return {
        "destination": str(state.destination),
        "state": str(found.availability),
        "since": state.since.isoformat(timespec="seconds") if state.since else None,
        "why": state.why,
        "to_do": state.to_do,
        "only": list(state.only),
        "waiting": found.waiting,
        "expired": state.expired,
        "succeeded_at": state.succeeded_at.isoformat(timespec="seconds") if state.succeeded_at else None,
    }


def records(found: Status) -> Iterator[dict[str, Any]]:
    """Yield a JSON record for the system, then one for each service."""
    yield {
        "service": SYSTEM,
        "at": found.at.isoformat(timespec="seconds"),
        "unhealthy": found.unhealthy.name if found.unhealthy is not None else None,
        **{name.replace("-", "_"): count for name, count in found.holding.items()},
        "alarms": [_alarm_record(alarm) | {"subject": alarm.subject} for alarm in found.alarms],
        "not_deployed": list(found.not_deployed),
        "destinations": [_destination_record(each) for each in found.destinations],
        "webhook_endpoints": _endpoints_record(found),
        "paused": [each.pause.service for each in found.paused],
        **_state_record(found),
        "unknown": found.unknown,
    }
    for health in found.services:
        yield {
            "service": health.service,
            "attempts": health.attempts,
            "failures": health.failures,
            "visible": health.queue.visible,
            "in_flight": health.queue.in_flight,
            "delayed": health.queue.delayed,
            "oldest_seconds": health.oldest_seconds,
            "dead_letters": health.dead_letters,
            "alarms": [_alarm_record(alarm) for alarm in health.alarms],
            "paused": _pause_record(health),
            **_state_record(health),
            "unknown": list(health.unknown),
        }


def _state_record(found: Status | Health) -> dict[str, Any]:
    """The state, and whether it needs attention: null while that is unknown, so that nobody reads a no."""
    is_unknown = found.state is HealthState.UNKNOWN
    return {"state": found.state, "needs_attention": None if is_unknown else found.needs_attention}


def _alarm_record(alarm: AlarmStatus) -> dict[str, Any]:
    since = alarm.since.isoformat(timespec="seconds") if alarm.since else None
    return {"slug": alarm.slug, "state": alarm.state.name, "since": since}


def _row(health: Health) -> Iterable[Text]:
    share = health.failures / health.attempts if health.failures and health.attempts else 0
    percent = f"{share:.0%}" if share >= _SMALLEST_SHARE else "<1%"
    failures = Text(f"{health.failures:,} ({percent})", "red") if health.failures else _number(health.failures)
    oldest = _NONE if health.oldest_seconds is None else Text(span(timedelta(seconds=health.oldest_seconds)))
    on = health.alarms_on
    return (
        Text(*_MARKS[health.state]),
        Text(health.service, "bold" if health.needs_attention else ""),
        _number(health.attempts),
        failures,
        _number(health.queue.total),
        oldest,
        Text(f"{health.dead_letters:,}", _YELLOW if health.undelivered else _RED)
        if health.dead_letters
        else _number(0),
        Text(_worst(on), _RED) if on else _no_alarm(health),
    )


def _worst(on: Sequence[AlarmStatus]) -> str:
    """The most severe alarm that is on, and how many more are."""
    more = f" +{len(on) - 1}" if len(on) > 1 else ""
    return f"{printable(on[0].slug)}{more}"


def _no_alarm(health: Health) -> Text:
    if health.pause:
        return Text("paused", _RED if health.pause.problem else _YELLOW)
    if health.undelivered:
        return Text("undelivered", _YELLOW)
    if not health.alarms:
        return _NONE
    no_data = any(alarm.is_unknown for alarm in health.alarms)
    return Text("no data yet", _YELLOW) if no_data else Text("ok", "green")


def _number(count: int | None) -> Text:
    return _NONE if count is None else Text(f"{count:,}", "" if count else "dim")


def _since(alarm: AlarmStatus, found: Status) -> str:
    """How long an alarm is on; empty if that is unknown, or by this machine's clock in the future."""
    return f" for {span(found.at - alarm.since)}" if alarm.since and alarm.since <= found.at else ""


def _paging_alarm(found: Status) -> tuple[str, str]:
    """The state of the alarm that pages, and its colour."""
    match found.unhealthy:
        case None:
            return "the paging alarm is not deployed here", _YELLOW if found.has_paging_alarm else "dim"
        case AlarmSeverity.INSUFFICIENT_DATA:
            return "the paging alarm has no data yet", _YELLOW
        case AlarmSeverity.ALARM:
            return "the paging alarm is on", _RED
        case _:
            return "the paging alarm is off", "dim"
