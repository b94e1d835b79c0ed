"""What operators see of messages that wait for another system: nothing of each, one alert when their patience ends."""

from ops.dead_letters.record import wait_texts
from tests.fakes.function import FunctionHarness
from tests.unit.common.availability.test_patience import AWAY, biography, fails, go_on, run
from tests.unit.functions.slack_notifier.slack_fakes import NotifierHarness, shown


def test_a_deferral_is_no_failure_and_alerts_nobody(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness, "a", "b")

    go_on(handler, harness, times=10)

    assert {*harness.outcomes} == {"deferred"}
    assert not any("Failure" in record for record in harness.metrics)
    assert harness.events.alerts == []
    assert harness.dead_letters == []


def test_the_end_of_patience_has_an_alert_and_a_card(harness: FunctionHarness) -> None:
    handler, notifier = fails(AWAY), NotifierHarness()
    run(handler, harness)
    go_on(handler, harness)

    notifier.send(*[entry["Detail"] for entry in harness.events.alerts])
    notifier.run()

    assert notifier.headers == ["🟠 prod: new: 1 dead letter of test.task, unavailable"]
    text = shown(notifier.slack.posted[0])
    assert "another system was unavailable for as long as their type may wait." in text
    assert "taly-async redrive test.task --cause" in text


def test_the_waits_of_a_dead_letter_can_be_read(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)
    go_on(handler, harness)

    history = biography(harness)

    (wait,) = history["waits"]
    assert wait_texts(history) == [
        f"{wait['since']} to {wait['until']}  deferred {wait['times']} times for the CRM: {AWAY}"
    ]
