"""What the demonstration shows of what it did: mails, a text, a webhook, schedules, a dead letter, cards in Slack."""

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
from local.emulator.emulator import SentMail, SentText
from local.standins.slack import terminal_view
from local.standins.webhooks.signatures import Verdict
from local.standins.webhooks.state import Post
from ops.checkout import shown
from ops.dead_letters.search import Found
from ops.schedules.schedules import PendingSchedule
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND

_SCHEDULES = 3
"""Shown of each type."""


def mails(snapshot: Snapshot, folder: Path) -> Iterator[RenderableType]:
    """A mail of each type of event that leads to one; its HTML is written into the folder.

    Args:
        snapshot: the books.
        folder: takes the files; made where it is missing.
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
        # One that would show a broken character set.
        mail = next((mail for mail in sent if not mail.subject.isascii()), sent[0])
        (folder / f"{event_type.name}.html").write_text(mail.html)
        yield _mail(mail, f"{event_type.name}: one of {len(sent)} mails")
    yield Text(f"Their HTML, for a browser: {shown(folder / '*.html')}\n", style="dim")


def text(texts: Sequence[SentText]) -> RenderableType:
    """One text message."""
    if not texts:
        return Text("No text was sent.", style="red")
    sent = next((text for text in texts if not text.text.isascii()), texts[0])
    title = f"{APPOINTMENT_REMINDER.name}: one of {len(texts)} texts"
    return Panel(Group(_head({"To": sent.to}), Text(sent.text)), title=title, title_align="left")


def webhook(posts: Sequence[Post]) -> RenderableType:
    """One webhook as its receiver got it, and what that thinks of its signature."""
    taken = [post for post in posts if post.accepted]
    if not taken:
        return Text("No webhook was taken.", style="red")
    # One that was signed twice, if there is one.
    shown = next((post for post in taken if " " in post.headers["webhook-signature"]), taken[0])
    headers = {name: value for name, value in shown.headers.items() if name.startswith("webhook-")}
    head = [Text(f"POST /hooks/{shown.endpoint_id}")]
    head += [Text.assemble((f"{name}: ", "dim"), value, overflow="fold") for name, value in headers.items()]
    verdict = Text.assemble("Signature: ", (str(shown.verdict), "green" if shown.verdict is Verdict.VALID else "red"))
    title = f"{json.loads(shown.body)['type']}: one of {len(taken)} webhooks"
    body = Text(shown.body, overflow="fold")
    return Panel(Group(*head, Text(), body, Text(), verdict), title=title, title_align="left")


def schedules(standing: Sequence[PendingSchedule]) -> RenderableType:
    """The next of each type, with when they are due."""
    parts: list[RenderableType] = []
    for name in sorted({schedule.claims.type for schedule in standing}):
        own = [schedule for schedule in standing if schedule.claims.type == name]
        parts.append(Text.assemble((name, "bold"), f"  {len(own)} stand, the next ones:"))
        parts += [Text(f"  {schedule.due:%Y-%m-%d %H:%M} UTC  {schedule.key}") for schedule in own[:_SCHEDULES]]
    title = f"{len(standing)} messages are scheduled to come in later"
    return Panel(Group(*parts), title=title, title_align="left")


def dead_letter(letters: Iterable[Found]) -> RenderableType:
    """One dead letter and its biography; a job's, if there is one, as it has the most to tell."""
    stories = [each for each in letters if each.dead_letter.failure_history]
    if not stories:
        return Text("No dead letter with a biography was found.", style="red")
    told = next((each for each in stories if each.dead_letter.history_text("type") == ACTIVITY_RECORD.name), stories[0])
    body, biography = _pretty(told.dead_letter.body), _wrapped(told.dead_letter.failure_history)
    title = f"One of {len(stories)} dead letters: dead letters of {told.service}"
    return Panel(Group(body, Rule("biography", style="dim"), biography), title=title, title_align="left")


def slack(alerts: Alerts) -> Iterator[RenderableType]:
    """What people see in Slack, all of it."""
    yield Rule(f"Slack, after {alerts.minutes} minute{'s' * (alerts.minutes != 1)} as they pass here", style="bold")
    for payload in alerts.cards:
        yield terminal_view.card(payload)
    yield ""


def _by_event(snapshot: Snapshot) -> Mapping[str, Sequence[SentMail]]:
    """The mails by the reaction that wanted them."""
    causes = {line.id: line.causation_id for line in snapshot.lines if line.service == EMAIL_SEND.name}
    services = {line.id: line.service for line in snapshot.lines if line.follow_ups}
    found: dict[str, list[SentMail]] = {}
    for mail in snapshot.mails:
        found.setdefault(services.get(causes.get(mail.message_id, ""), ""), []).append(mail)
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
    """As JSON in colour; rich alone would cut its long lines off."""
    text = JSON.from_data(value).text
    text.no_wrap, text.overflow = False, "fold"
    return text
