"""Causes with a memory: a card when something changes, with the true total, and no alert is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.causes import LONGEST_SNOOZE, CauseState
from tests.unit.functions.slack_notifier.causes.cause_harness import HOUR, KEY, MINUTE, CauseHarness
from tests.unit.functions.slack_notifier.slack_fakes import NOW, dead_lettered, shown


@pytest.fixture
def harness() -> CauseHarness:
    return CauseHarness()


def test_an_hour_of_one_cause_has_three_cards_with_true_totals(harness: CauseHarness) -> None:
    harness.minutes(60)
    harness.silence(2 * HOUR)

    assert harness.headers == [
        "🟠 prod: new: 1 dead letter of email.send, attempts exhausted",
        "🟠 prod: grown: 10 dead letters of email.send, attempts exhausted",
        "🟢 prod: over: 60 dead letters of email.send, attempts exhausted",
    ]
    assert harness.totals == [1, 10, 60]
    assert harness.waiting == []


def test_an_hour_of_eight_causes_has_forty_cards_at_most(harness: CauseHarness) -> None:
    harness.minutes(60, causes=8)
    harness.silence(2 * HOUR)

    cards = [shown(payload) for payload in harness.slack.posted]
    assert len(cards) <= 40
    for number in range(8):
        fingerprint = f"{number:012x}" if number else KEY[1]
        assert sum(fingerprint in card for card in cards) == 3
    assert harness.waiting == []


def test_a_cause_that_goes_on_has_a_card_an_hour(harness: CauseHarness) -> None:
    harness.minutes(5 * 60)

    assert harness.words == ["new", "grown", "still", "grown", "still", "still", "still"]
    assert harness.totals == [1, 10, 70, 100, 160, 220, 280]


def test_a_card_says_how_many_came_since_the_last_one(harness: CauseHarness) -> None:
    harness.minutes(70)

    still = shown(harness.slack.posted[-1])
    assert "This cause has been going on since <!date^" in still
    assert "60 more messages since the last card." in still


def test_a_cause_that_was_over_comes_again_with_a_new_total(harness: CauseHarness) -> None:
    harness.minutes(3)
    harness.silence(HOUR)
    harness.minutes(1, each=2)

    assert harness.words == ["new", "over", "again"]
    assert harness.totals == [1, 3, 2]
    assert "This cause was over, and is here again since <!date^" in shown(harness.slack.posted[-1])


def test_a_cause_that_fails_every_two_hours_is_over_once(harness: CauseHarness) -> None:
    for _ in range(12):
        harness.minutes(1)
        harness.silence(2 * HOUR - MINUTE)

    assert harness.words == ["new", "over", "again", *["still"] * 8, "grown", "still"]
    assert harness.waiting == []


def test_a_cause_that_returns_after_more_than_a_day_is_over_in_an_hour(harness: CauseHarness) -> None:
    for pause in (2 * HOUR, 3 * HOUR, 26 * HOUR, HOUR):
        harness.minutes(1)
        harness.silence(pause)

    assert harness.words == ["new", "over", "again", "over", "again", "over", "again", "over"]


def test_a_new_process_goes_on_with_what_was_remembered(harness: CauseHarness) -> None:
    for _ in range(10):
        harness.minutes(1)
        harness.new_process()

    assert harness.totals == [1, 10]


def test_a_card_has_the_commands_and_the_depth_of_the_queue(harness: CauseHarness) -> None:
    harness.sqs.put(harness.runtime.environment.dead_letter_queue_url("email.send"), "a dead letter")

    harness.minutes(1)

    text = shown(harness.slack.posted[0])
    assert "Its dead-letter queue holds 1 dead letter now, of all causes, until an operator acts." in text
    assert "taly-async redrive email.send --cause c83d68dfbef7 --stage prod" in text
    assert "taly-async cause ack c83d68dfbef7 --stage prod" in text


def test_a_card_that_it_is_over_has_what_the_others_have(harness: CauseHarness) -> None:
    harness.sqs.put(harness.runtime.environment.dead_letter_queue_url("email.send"), "a dead letter")
    harness.minutes(1)
    harness.silence(HOUR)

    text = shown(harness.slack.posted[-1])
    assert "This cause is over: its last dead letter came at <!date^" in text
    assert "Its dead-letter queue holds 1 dead letter now" in text
    assert "`taly-async-prod-email-send-dlq`" in text
    assert "taly-async redrive email.send --cause c83d68dfbef7 --stage prod" in text
    assert 'taly-async cause resolve c83d68dfbef7 --comment "how it was fixed" --stage prod' in text
    assert "cause ack" not in text


def test_the_log_says_why_there_was_no_card(harness: CauseHarness) -> None:
    harness.minutes(2)

    (posted,) = harness.logged("posted")
    (quiet,) = harness.logged("quiet")
    assert (posted["ids"], posted["news"], posted["total"]) == (["message-1"], "new", 1)
    assert quiet["ids"] == ["message-2"]
    assert (quiet["why"], quiet["total"], quiet["count"]) == ("said", 2, 1)
    assert quiet["fingerprints"] == ["c83d68dfbef7"]


def test_an_acknowledged_cause_has_no_card_until_it_has_grown_tenfold(harness: CauseHarness) -> None:
    harness.minutes(5)
    harness.acknowledge()
    harness.minutes(44)
    assert harness.words == ["new"]

    harness.minutes(1)

    assert harness.words == ["new", "grown"]
    assert harness.totals == [1, 50]
    text = shown(harness.slack.posted[-1])
    assert "grown tenfold since assumed-role/Admin/ada acknowledged it at <!date^" in text
    assert ": 5 then, 50 now." in text
    assert harness.cause.state is CauseState.OPEN


def test_an_acknowledged_cause_that_ends_has_no_card(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.acknowledge()

    harness.silence(24 * HOUR)

    assert harness.words == ["new"]
    assert harness.cause.state is CauseState.OVER


def test_a_snooze_ends_with_a_card_about_what_came_meanwhile(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.snooze(4 * HOUR)

    harness.minutes(4 * 60)
    assert harness.words == ["new"]
    harness.minutes(1)

    assert harness.words == ["new", "snooze ended"]
    assert harness.totals == [1, 242]
    assert "That has ended: 241 messages came meanwhile." in shown(harness.slack.posted[-1])
    assert harness.cause.state is CauseState.OPEN


def test_a_snooze_without_dead_letters_ends_with_a_card_too(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.snooze(4 * HOUR)

    harness.silence(6 * HOUR)

    assert harness.words == ["new", "snooze ended"]
    text = shown(harness.slack.posted[-1])
    assert "That has ended: no message came meanwhile. It is over: the last one came at <!date^" in text
    assert "Its dead-letter queue is empty now." in text
    assert 'taly-async cause resolve c83d68dfbef7 --comment "how it was fixed" --stage prod' in text
    assert harness.cause.state is CauseState.OVER


def test_a_snooze_that_was_written_by_hand_ends_after_seven_days(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.snooze(HOUR)
    harness.decide(lambda cause: replace(cause, until=NOW + timedelta(days=365)))
    harness.clock.sleep(LONGEST_SNOOZE.total_seconds())

    harness.minutes(1)

    assert harness.words == ["new", "snooze ended"]


def test_a_resolved_cause_that_comes_back_names_versions_and_operator(harness: CauseHarness) -> None:
    harness.dead_letter(functionVersion="4c1b2a90")
    harness.run()
    harness.resolve("5d41402a")
    harness.silence(HOUR)
    harness.dead_letter(functionVersion="6e1f0b33")

    harness.run()

    assert harness.words == ["new", "back"]
    text = shown(harness.slack.posted[-1])
    assert "This cause has been back since <!date^" in text
    assert ", in version `6e1f0b33`. assumed-role/Admin/ada resolved it at <!date^" in text
    assert ", in version `5d41402a`." in text
    assert harness.cause.state is CauseState.OPEN


def test_dead_letters_from_before_it_was_resolved_do_not_bring_it_back(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.dead_letter()
    harness.clock.sleep(1)
    harness.resolve()

    harness.run()

    assert harness.words == ["new"]
    assert (harness.cause.state, harness.cause.total) == (CauseState.RESOLVED, 2)


def test_a_resolved_cause_is_not_reported_as_over(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.resolve()

    harness.silence(3 * HOUR)

    assert harness.words == ["new"]


def test_a_dead_letter_from_the_future_does_not_keep_a_cause_open(harness: CauseHarness) -> None:
    harness.send(dead_lettered(1, at=NOW + timedelta(days=365)))
    harness.run()

    harness.silence(HOUR + MINUTE)

    assert harness.words == ["new", "over"]


def test_two_services_with_one_fingerprint_are_two_causes(harness: CauseHarness) -> None:
    harness.dead_letter()
    harness.dead_letter(service="report.generate", subject="report.generate")

    harness.run()

    assert harness.totals == [1, 1]
    assert len(harness.dynamodb.causes) == 2


def test_a_drill_has_a_card_each_time(harness: CauseHarness) -> None:
    for _ in range(2):
        harness.dead_letter(error="DrillError", service="system.heartbeat", subject="system.heartbeat")
        harness.run()

    assert [header.startswith("Drill:") for header in harness.headers] == [True, True]
    assert harness.dynamodb.causes == {}


def test_no_cause_is_over_while_alerts_wait(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.clock.sleep(2 * HOUR.total_seconds())
    harness.sqs.random, harness.sqs.latency = None, 2
    for _ in range(100):
        harness.dead_letter(1)
    harness.dead_letter()  # the last one, which a run does not receive when SQS is so slow

    harness.run()

    assert harness.waiting
    assert harness.words == ["new", "new"]
