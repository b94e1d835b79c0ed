"""The Slack notifier: whatever lies in the alerts queue becomes cards that Slack takes, in which text stays text."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fuzz.encoding import RECORD
from tests.unit.slack_fakes import RUNBOOK, Scene, texts

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
    """Let the notifier run once over a queue, and check all that must hold; gives the kinds of its cards.

    Raises:
        AssertionError: something does not.
    """
    scene = Scene()
    scene.send(*bodies)
    scene.run()
    assert scene.sqs.waiting == [], "an alert is left that nobody was told of, or will be told of again"
    assert scene.said("refused as blocks") == [], "Slack refused a card"
    assert scene.sns.mails == []
    assert len(scene.slack.posted) <= MOST_CARDS
    for payload in scene.slack.posted:
        _nothing_is_obeyed(payload)
    told_of = sum(line["count"] for line in scene.said("posted") if line["card"] == "unreadable")
    assert told_of <= len(bodies)
    return Counter(line["card"] for line in scene.said("posted"))


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
