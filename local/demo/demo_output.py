"""The demonstration's samples: mails, a text message, a webhook, schedules, a dead letter, Slack cards."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.json import JSON
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from local.checks.alerts import Alerts
from local.checks.records import Snapshot
from local.emulator.emulator import SentText
from local.standins.ses.mail import SentMail
from local.standins.slack import terminal_view
from local.standins.webhooks.state import Post, SignatureVerdict
from ops.dead_letters.search import FoundDeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.terminal.checkout import shown
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND

_MAX_SCHEDULES = 3
"""Schedules printed for each type."""


def mails(snapshot: Snapshot, folder: Path) -> Iterator[RenderableType]:
    """One mail for each type of event that leads to mails; the mail's HTML is written to the folder.

    Args:
        snapshot: the records.
        folder: the folder for the files; created if it is missing.
    """
    folder.mkdir(exist_ok=True)
    by_event = _by_event(snapshot)
    for event_type in CATALOGUE:
        if EMAIL_SEND not in event_type.emits:
            continue
        sent = by_event.get(event_type.name, [])
        if not sent:
            yield Text(f"No mail was sent for {event_type.name}.", style="red")
            continue
        # Prefer a mail that would show a broken character set.
        mail = next((mail for mail in sent if not mail.subject.isascii()), sent[0])
        (folder / f"{event_type.name}.html").write_text(mail.html, encoding="utf-8")
        yield _mail(mail, f"{event_type.name}: one of {len(sent)} mails")
    yield Text(f"The mails' HTML, for a browser: {shown(folder / '*.html')}\n", style="dim")


def text(texts: Sequence[SentText]) -> RenderableType:
    """One text message."""
    if not texts:
        return Text("No text message was sent.", style="red")
    sent = next((text for text in texts if not text.text.isascii()), texts[0])
    title = f"{APPOINTMENT_REMINDER.name}: one of {len(texts)} text messages"
    return Panel(Group(_head({"To": sent.to}), Text(sent.text)), title=title, title_align="left")


def webhook(posts: Sequence[Post]) -> RenderableType:
    """One webhook as its receiver got it, and the receiver's verdict on its signature."""
    accepted = [post for post in posts if post.accepted]
    if not accepted:
        return Text("No webhook was accepted.", style="red")
    # Prefer a webhook with two signatures.
    shown = next((post for post in accepted if " " in post.headers["webhook-signature"]), accepted[0])
    headers = {name: value for name, value in shown.headers.items() if name.startswith("webhook-")}
    head = [Text(f"POST /hooks/{shown.endpoint_id}")]
    head += [Text.assemble((f"{name}: ", "dim"), value, overflow="fold") for name, value in headers.items()]
    verdict = Text.assemble(
        "Signature: ", (str(shown.verdict), "green" if shown.verdict is SignatureVerdict.VALID else "red")
    )
    title = f"{json.loads(shown.body)['type']}: one of {len(accepted)} webhooks"
    body = Text(shown.body, overflow="fold")
    return Panel(Group(*head, Text(), body, Text(), verdict), title=title, title_align="left")


def schedules(pending: Sequence[PendingSchedule]) -> RenderableType:
    """The next schedules of each type with their times."""
    parts: list[RenderableType] = []
    for name in sorted({schedule.claims.type for schedule in pending}):
        of_type = [schedule for schedule in pending if schedule.claims.type == name]
        parts.append(Text.assemble((name, "bold"), f"  {len(of_type)} pending, the next ones:"))
        parts += [Text(f"  {schedule.due:%Y-%m-%d %H:%M} UTC  {schedule.key}") for schedule in of_type[:_MAX_SCHEDULES]]
    title = f"{len(pending)} messages are scheduled for later"
    return Panel(Group(*parts), title=title, title_align="left")


def dead_letter(dead_letters: Iterable[FoundDeadLetter]) -> RenderableType:
    """One dead letter and its failure history; a job's if there is one, since it has the longest history."""
    with_history = [each for each in dead_letters if each.dead_letter.failure_history]
    if not with_history:
        return Text("No dead letter with a failure history was found.", style="red")
    job = next(
        (each for each in with_history if each.dead_letter.history_text("type") == ACTIVITY_RECORD.name),
        with_history[0],
    )
    body, history = _pretty(job.dead_letter.body), _wrapped(job.dead_letter.failure_history)
    title = f"{job.service}: one of {len(with_history)} dead letters"
    return Panel(Group(body, Rule("failure history", style="dim"), history), title=title, title_align="left")


def slack(alerts: Alerts) -> Iterator[RenderableType]:
    """All cards in Slack."""
    yield Rule(f"Slack, after {alerts.minutes} simulated minute{'s' * (alerts.minutes != 1)}", style="bold")
    for payload in alerts.cards:
        yield terminal_view.card(payload)
    yield ""


def _by_event(snapshot: Snapshot) -> Mapping[str, Sequence[SentMail]]:
    """The mails by the reaction that emitted their jobs."""
    causes = {follow_up: line.service for line in snapshot.lines for follow_up in line.follow_ups}
    found: dict[str, list[SentMail]] = {}
    for mail in snapshot.mails:
        found.setdefault(causes.get(mail.message_id, ""), []).append(mail)
    return found


def _mail(mail: SentMail, title: str) -> RenderableType:
    head = _head({"To": ", ".join(mail.to), "Subject": mail.subject})
    return Panel(Group(head, Text(), Text(mail.text.strip())), title=title, title_align="left")


def _head(fields: Mapping[str, str]) -> RenderableType:
    return Group(*(Text.assemble((f"{name + ':':9}", "dim"), value, overflow="fold") for name, value in fields.items()))


def _pretty(body: str) -> RenderableType:
    try:
        return _wrapped(json.loads(body))
    except ValueError:
        return Text(body)


def _wrapped(value: object) -> RenderableType:
    """JSON in colour with its long lines wrapped; rich would cut them off."""
    text = JSON.from_data(value).text
    text.no_wrap, text.overflow = False, "fold"
    return text
