"""How a stage stands, on a terminal and for pipes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.status.health import AlarmSeverity, AlarmStatus, Health, Status
from ops.terminal.output import printable
from ops.terminal.times import span
from schemas.names import SYSTEM

_NONE = Text("–", "dim")  # noqa: RUF001 the sign for nothing
_LEAST_SHARE = 0.005
"""That is told as a percentage."""

_RED = "bold red"


def text(found: Status) -> Iterator[Text | Table]:
    """A stage's status for a terminal: a head, then a table with a row a service."""
    yield from head(found)
    yield table(found)


def head(found: Status) -> Iterator[Text]:
    """What is the matter, in a few words; then what is of no type."""
    bad = [health.service for health in found.services if health.is_bad]
    verdict = ("✗ look: ", _RED) if found.is_bad else ("✓ all well ", "green")
    reasons = [*bad, *(name for name, count in found.resting.items() if count)]
    reasons += [f"{alarm.subject}/{alarm.slug}" for alarm in found.alarms if alarm.state is AlarmSeverity.ALARM]
    yield Text.assemble(
        (f"Stage {found.stage}, {found.at:%Y-%m-%d %H:%M:%S} UTC  ", "bold"),
        verdict,
        printable(", ".join(reasons)),
    )
    resting = Text("  ")
    for name, count in found.resting.items():
        resting.append(f"{name} {count:,}  ", _RED if count else "dim")
    resting.append(*_page(found.unhealthy))
    yield resting
    yield Text("  tried and failed in the last 5 minutes; backlog: waiting, running and delayed in the queue", "dim")
    for alarm in found.alarms:
        if alarm.state is AlarmSeverity.ALARM:
            yield Text(f"  {printable(f'{alarm.subject}/{alarm.slug}')} is on{_since(alarm, found)}", _RED)


def table(found: Status) -> Table:
    """A row a service; those that somebody should look at are marked. It can be read in 80 columns."""
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("", no_wrap=True)
    # The only one that may wrap: where there is no room, rich takes its.
    rows.add_column("service", overflow="ellipsis")
    for name in ("tried", "failed", "backlog", "oldest", "dead"):
        rows.add_column(name, justify="right", no_wrap=True)
    rows.add_column("alarm", no_wrap=True)
    for health in found.services:
        is_quiet = not (health.is_bad or health.attempts or health.queue.total)
        rows.add_row(*_row(health), style="dim" if is_quiet else "")
    return rows


def records(found: Status) -> Iterator[dict[str, Any]]:
    """For pipes: an object for the system, then one a service."""
    yield {
        "service": SYSTEM,
        "at": found.at.isoformat(timespec="seconds"),
        "unhealthy": found.unhealthy.name if found.unhealthy is not None else None,
        **{name.replace("-", "_"): count for name, count in found.resting.items()},
        "alarms": [_alarm_record(alarm) | {"subject": alarm.subject} for alarm in found.alarms],
        "is_bad": found.is_bad,
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
            "is_bad": health.is_bad,
        }


def _alarm_record(alarm: AlarmStatus) -> dict[str, Any]:
    since = alarm.since.isoformat(timespec="seconds") if alarm.since else None
    return {"slug": alarm.slug, "state": alarm.state.name, "since": since}


def _row(health: Health) -> Iterable[Text]:
    share = health.failures / health.attempts if health.failures and health.attempts else 0
    percent = f"{share:.0%}" if share >= _LEAST_SHARE else "<1%"
    failed = Text(f"{health.failures:,} ({percent})", "red") if health.failures else _number(health.failures)
    oldest = _NONE if health.oldest_seconds is None else Text(span(timedelta(seconds=health.oldest_seconds)))
    on = [alarm for alarm in health.alarms if alarm.state is AlarmSeverity.ALARM]
    return (
        Text("✗", _RED) if health.is_bad else Text("✓", "green"),
        Text(health.service, "bold" if health.is_bad else ""),
        _number(health.attempts),
        failed,
        _number(health.queue.total),
        oldest,
        Text(f"{health.dead_letters:,}", _RED) if health.dead_letters else _number(0),
        Text(_worst(on), _RED) if on else _calm(health),
    )


def _worst(on: Sequence[AlarmStatus]) -> str:
    """The worst of those that are on, and how many more are."""
    more = f" +{len(on) - 1}" if len(on) > 1 else ""
    return f"{printable(on[0].slug)}{more}"


def _calm(health: Health) -> Text:
    if not health.alarms:
        return _NONE
    waits = all(alarm.state is AlarmSeverity.INSUFFICIENT_DATA for alarm in health.alarms)
    return Text("no figures yet", "dim") if waits else Text("ok", "green")


def _number(count: int | None) -> Text:
    return _NONE if count is None else Text(f"{count:,}", "" if count else "dim")


def _since(alarm: AlarmStatus, found: Status) -> str:
    return f" for {span(found.at - alarm.since)}" if alarm.since else ""


def _page(unhealthy: AlarmSeverity | None) -> tuple[str, str]:
    """The alarm to page on."""
    match unhealthy:
        case None:
            return "the alarm to page on is not deployed here", "yellow"
        case AlarmSeverity.ALARM:
            return "the alarm to page on is on", _RED
        case _:
            return "the alarm to page on is off", "dim"
