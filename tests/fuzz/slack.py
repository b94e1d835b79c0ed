"""The check of the Slack notifier: any alerts become valid cards, without foreign markup."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.slack_notifier.alerts import digest
from lambdas.slack_notifier.alerts.alarms import FIRST_DATA, AlarmChanges
from lambdas.slack_notifier.alerts.parsing import AlarmNotice, Alert, Unreadable, parse
from lambdas.slack_notifier.cards.pages import MAX_PAGES
from schemas.message import Message
from schemas.system import DeadLettered
from tests.fuzz.encoding import RECORD
from tests.unit.functions.slack_notifier.slack_fakes import RUNBOOK, NotifierHarness, texts

MAX_ALERTS = 40
MAX_RUNS = 5
MAX_CARDS = 2 * digest.MAX_CARDS + 4 * MAX_PAGES
"""Per run: cards of one cause or alarm, then those shared by causes, alarms, recoveries and unreadable messages."""

_TIME = r"<!date\^-?[0-9]+\^\{date_short_pretty\}, \{time_secs\}\|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC>"
_CARD_LINK = rf"<(https://[a-z0-9-]+\.console\.aws\.amazon\.com/|{re.escape(RUNBOOK)}#)[^<>|\s]*\|[A-Z][A-Za-z -]+>"
_ENTITY = re.compile(f"{_TIME}|{_CARD_LINK}")
_UNESCAPED = re.compile("[<>]|&(?!(amp|lt|gt);)")
_LABELS = {"Dashboard", "Log lines", "Dead-letter queue", "Runbook", "Alarm"}


def alerts(text: str) -> list[str]:
    """Return the bodies in the alerts queue; SQS has no empty bodies."""
    return [body for body in text.split(RECORD) if body][:MAX_ALERTS]


def check_notifier(bodies: Sequence[str]) -> Counter[str]:
    """Run the notifier once and check all guarantees; return the kinds of its cards, and the alarms without a change.

    Raises:
        AssertionError: a guarantee is broken.
    """
    harness = NotifierHarness()
    harness.send(*bodies)
    received = [parse(message.body) for message in harness.waiting]  # in the order in which the notifier receives them
    runs = 0
    while harness.waiting and runs < MAX_RUNS:
        harness.run()
        runs += 1
    assert harness.waiting == [], "an alert is left in the queue, unreported or reported twice"
    assert harness.logged("refused as blocks") == [], "Slack refused a card"
    assert harness.sns.published == []
    assert len(harness.slack.posted) <= MAX_CARDS * runs
    for payload in harness.slack.posted:
        _check_markup(payload)
    cards = harness.logged("posted")
    no_news = _check_reported_once(received, cards)
    return Counter([*(line["card"] for line in cards), *["no news"] * no_news])


def _check_reported_once(received: Sequence[Alert], cards: Sequence[Mapping[str, Any]]) -> int:
    """Check that cards report each alert once, however often it arrived; return the number of unchanged alarms."""
    dead_letters: dict[str, DeadLettered] = {}
    causes: set[tuple[str, str]] = set()
    alarms: dict[str, list[AlarmNotice]] = {}
    for alert in received:
        if isinstance(alert, AlarmNotice):
            alarms.setdefault(alert.arn or alert.name, []).append(alert)
        elif isinstance(alert, Message) and isinstance(alert.payload, DeadLettered):
            dead_letters.setdefault(alert.id, alert.payload)
            causes.add((alert.payload.service, alert.payload.fingerprint))
    news = [changes for changes in alarms.values() if _is_news(changes)]
    alarm_cards = [card for card in cards if card["alarms"]]
    dead_letter_cards = [card for card in cards if card["fingerprints"]]
    assert _named(dead_letter_cards, "fingerprints") == Counter(fingerprint for _, fingerprint in causes), (
        "a cause is missing from the cards"
    )
    assert _counted(dead_letter_cards) == sum(each.count for each in dead_letters.values()), (
        "dead letters are counted once"
    )
    assert _named(alarm_cards, "alarms").total() == len(news), "an alarm is missing from the cards"
    assert _counted(alarm_cards) == sum(len({(each.changed_at, each.state) for each in one}) for one in news)
    unreadable = sum(isinstance(alert, Unreadable) for alert in received)
    assert _counted([card for card in cards if card["card"] == "unreadable"]) == unreadable
    return len(alarms) - len(news)


def _is_news(changes: Sequence[AlarmNotice]) -> bool:
    """Whether an alarm needs a card: all but those that were OK, or new, before these changes and are OK after them."""
    if {"ALARM"} & {change.state for change in changes}:
        return True
    ordered = sorted(changes, key=lambda change: (change.changed_at, change.state))
    first, last = ordered[0], ordered[-1]
    if last.state != "OK":
        return True
    just_configured = first.configured_at is not None and first.changed_at - first.configured_at < FIRST_DATA
    is_new = AlarmChanges.of(first).signal is not None or just_configured
    return first.old_state != "OK" and not (is_new and first.old_state == "INSUFFICIENT_DATA")


def _counted(cards: Sequence[Mapping[str, Any]]) -> int:
    return sum(card["count"] for card in cards)


def _named(cards: Sequence[Mapping[str, Any]], what: str) -> Counter[str]:
    return Counter(name for card in cards for name in card[what])


def _check_markup(payload: Mapping[str, Any]) -> None:
    """Check that only the card's mentions, links and times are markup; all other text is escaped as Slack requires."""
    header = payload["blocks"][0]["text"]["text"]
    for text in (payload["text"], header):
        assert not _UNESCAPED.search(text), f"markup in a line of plain text: {text!r}"
    for text in texts(payload)[1:]:
        assert text.count("```") in {0, 2}, f"a block of code does not end: {text!r}"
        assert not _UNESCAPED.search(_ENTITY.sub("", text)), f"foreign markup: {text!r}"
        assert {label for label in re.findall(r"\|([^|<>]*)>", text) if not label.endswith(" UTC")} <= _LABELS
        for code in text.split("```")[1::2]:
            assert "`" not in code
