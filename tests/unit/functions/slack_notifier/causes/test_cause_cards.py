"""The card of each piece of news about a cause, as Slack gets it."""

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lambdas.slack_notifier.causes.decision import News
from local.standins.slack.block_kit_rules import problems
from schemas.names import QUEUE_PROCESSOR
from tests.unit.functions.slack_notifier.causes.cause_harness import HOUR, MINUTE, CauseHarness
from tests.unit.functions.slack_notifier.slack_fakes import shown


def new(harness: CauseHarness) -> None:
    harness.sqs.put(harness.runtime.environment.dead_letter_queue_url("email.send"), "a dead letter")
    harness.dead_letter(functionVersion="4c1b2a90", remedy="redrive")
    harness.run()


def over(harness: CauseHarness) -> None:
    new(harness)
    harness.silence(HOUR)


def again(harness: CauseHarness) -> None:
    over(harness)
    new(harness)


def back(harness: CauseHarness) -> None:
    new(harness)
    harness.resolve("5d41402a")
    harness.silence(2 * MINUTE)
    harness.dead_letter(functionVersion="6e1f0b33")
    harness.run()


def grown(harness: CauseHarness) -> None:
    new(harness)
    harness.acknowledge()
    harness.minutes(1, each=9)


def still(harness: CauseHarness) -> None:
    new(harness)
    harness.clock.sleep(HOUR.total_seconds())
    harness.minutes(1, each=3)


def snooze_ended(harness: CauseHarness) -> None:
    new(harness)
    harness.snooze(5 * MINUTE)
    harness.minutes(6)


SCENES: dict[News, Callable[[CauseHarness], None]] = {
    News.NEW: new,
    News.AGAIN: again,
    News.BACK: back,
    News.GROWN: grown,
    News.STILL: still,
    News.SNOOZE_ENDED: snooze_ended,
    News.OVER: over,
}


@pytest.mark.parametrize("news", News)
def test_the_card_of_each_piece_of_news(news: News, snapshot: SnapshotAssertion) -> None:
    harness = CauseHarness()

    SCENES[news](harness)

    payload = harness.slack.posted[-1]
    assert harness.logged("posted")[-1]["news"] == news
    assert problems(payload) == []
    assert payload == snapshot(extension_class=JSONSnapshotExtension)


def test_shared_cards_say_for_each_cause_why_it_is_there() -> None:
    harness = CauseHarness()
    for number in range(7):
        harness.dead_letter(number + 1)
    harness.run()

    text = shown(harness.slack.posted[-1])
    assert harness.headers[-1] == "🟠 prod: and 3 more causes, 3 dead letters"
    assert text.count("1 of `email.send`, new, attempts exhausted, ours, last ") == 3
    assert "taly-async redrive TYPE --cause CAUSE --stage prod" in text
    assert "taly-async cause ack CAUSE --stage prod" in text


def test_causes_that_are_over_together_share_a_card() -> None:
    harness = CauseHarness()
    for number in range(7):
        harness.dead_letter(number + 1)
    harness.run()
    harness.silence(HOUR)

    assert harness.headers[-1] == "🟢 prod: over: 3 more causes, 3 dead letters"
    assert len(harness.slack.posted) == 10
    assert "These causes are over, an hour or more after their last dead letter:" in shown(harness.slack.posted[-1])


def test_a_cause_of_refused_messages_says_so_when_it_is_over() -> None:
    harness = CauseHarness()
    harness.dead_letter(service=QUEUE_PROCESSOR, subject="booking.created", reason="invalid_payload", source="crm")
    harness.run()
    harness.silence(HOUR)

    assert harness.headers[-1] == "🟢 prod: over: 1 message of booking.created refused, invalid payload"
    assert "`taly-async-prod-ingress-dlq`" in shown(harness.slack.posted[-1])
