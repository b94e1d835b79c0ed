"""The Slack notifier: whatever lies in the alerts queue becomes cards that Slack takes, in which text stays text."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.slack_notifier.alerts.parsing import AlarmNotice, Alert, Unreadable, parse
from schemas.message import Message
from schemas.system import DeadLettered
from tests.fuzz.encoding import RECORD
from tests.unit.functions.slack_notifier.slack_fakes import RUNBOOK, NotifierHarness, texts

MOST_ALERTS = 40
MOST_CARDS = 11
"""Five of dead letters, five of alarms, one of what could not be read."""

_TIME = r"<!date\^-?[0-9]+\^\{date_short_pretty\}, \{time_secs\}\|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC>"
_OURS = rf"<(https://[a-z0-9-]+\.console\.aws\.amazon\.com/|{re.escape(RUNBOOK)}#)[^<>|\s]*\|[A-Z][A-Za-z -]+>"
_ENTITY = re.compile(f"{_TIME}|{_OURS}")
_UNESCAPED = re.compile("[<>]|&(?!(amp|lt|gt);)")
_LABELS = {"Dashboard", "Log lines", "Dead-letter queue", "Runbook", "Alarm"}


def alerts(text: str) -> list[str]:
    """The bodies that lie in the queue. There is no empty one in SQS."""
    return [body for body in text.split(RECORD) if body][:MOST_ALERTS]


def told(bodies: Sequence[str]) -> Counter[str]:
    """Let the notifier run once over a queue, and check all that must hold.

    Gives the kinds of its cards, and how many alarms were no news.

    Raises:
        AssertionError: something does not.
    """
    scene = NotifierHarness()
    scene.send(*bodies)
    came = [parse(message.body) for message in scene.waiting]  # in the order in which they will be received
    scene.run()
    assert scene.waiting == [], "an alert is left that nobody was told of, or will be told of again"
    assert scene.logged("refused as blocks") == [], "Slack refused a card"
    assert scene.sns.published == []
    assert len(scene.slack.posted) <= MOST_CARDS
    for payload in scene.slack.posted:
        _nothing_is_obeyed(payload)
    cards = scene.logged("posted")
    no_news = _told_once(came, cards)
    return Counter([*(line["card"] for line in cards), *["no news"] * no_news])


def _told_once(came: Sequence[Alert], cards: Sequence[Mapping[str, Any]]) -> int:
    """What the cards count is what came, each alert once however often it came; gives the alarms that are no news."""
    letters: dict[str, DeadLettered] = {}
    causes: set[tuple[str, str]] = set()
    alarms: dict[str, list[AlarmNotice]] = {}
    for alert in came:
        if isinstance(alert, AlarmNotice):
            alarms.setdefault(alert.arn or alert.name, []).append(alert)
        elif isinstance(alert, Message):
            letters.setdefault(alert.id, alert.payload)
            causes.add((alert.payload.service, alert.payload.fingerprint))
    news = [changes for changes in alarms.values() if _is_news(changes)]
    of_alarms = [card for card in cards if card["alarms"]]
    of_letters = [card for card in cards if card["fingerprints"]]
    assert _named(of_letters, "fingerprints") == Counter(fingerprint for _, fingerprint in causes), "causes are untold"
    assert _counted(of_letters) == sum(each.count for each in letters.values()), "dead letters are told of once"
    assert _named(of_alarms, "alarms").total() == len(news), "alarms are untold"
    assert _counted(of_alarms) == sum(len({(each.changed_at, each.state) for each in one}) for one in news)
    unreadable = sum(isinstance(alert, Unreadable) for alert in came)
    assert _counted([card for card in cards if card["card"] == "unreadable"]) == unreadable
    return len(alarms) - len(news)


def _is_news(changes: Sequence[AlarmNotice]) -> bool:
    """All but that a new alarm finds all well. Of changes at one time the one that came last counts."""
    latest = max(reversed(changes), key=lambda change: change.changed_at)
    is_new = latest.state == "OK" and latest.old_state == "INSUFFICIENT_DATA"
    return not is_new or any(change.state == "ALARM" for change in changes)


def _counted(cards: Sequence[Mapping[str, Any]]) -> int:
    return sum(card["count"] for card in cards)


def _named(cards: Sequence[Mapping[str, Any]], what: str) -> Counter[str]:
    return Counter(name for card in cards for name in card[what])


def _nothing_is_obeyed(payload: Mapping[str, Any]) -> None:
    """No mention, no link and no time but the cards' own: all else is escaped, as Slack asks for."""
    header = payload["blocks"][0]["text"]["text"]
    for text in (payload["text"], header):
        assert not _UNESCAPED.search(text), f"markup in a line of plain text: {text!r}"
    for text in texts(payload)[1:]:
        assert text.count("```") in {0, 2}, f"a block of code does not end where it should: {text!r}"
        assert not _UNESCAPED.search(_ENTITY.sub("", text)), f"markup that is not a card's own: {text!r}"
        assert {label for label in re.findall(r"\|([^|<>]*)>", text) if not label.endswith(" UTC")} <= _LABELS
        for code in text.split("```")[1::2]:
            assert "`" not in code
