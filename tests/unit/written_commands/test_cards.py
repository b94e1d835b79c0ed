"""Each command on a card of the notifier is one that the command line takes, whatever the card is about."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from lambdas.slack_notifier.cards.card import CardKind
from lambdas.slack_notifier.causes.decision import News
from ops.causes.decisions import acknowledged, resolved, snoozed
from schemas.causes import cause_in
from schemas.destinations import RECORD_ACTIVITY
from schemas.pauses import RETENTION_NEAR, Pause
from schemas.reasons import Reason, Remedy
from schemas.signals import SIGNALS
from tests.fakes.service import failing
from tests.unit.functions.slack_notifier.slack_fakes import NOW, NotifierHarness, alarm, dead_lettered, expiring, shown
from tests.unit.written_commands.command_lines import check, in_text

ADA = "arn:aws:sts::123456789012:assumed-role/Operator/ada"

Story = Callable[[NotifierHarness], None]


def runs(harness: NotifierHarness, *bodies: object, minutes: int = 1) -> None:
    """Send alerts, and run the notifier for some minutes."""
    harness.send(*bodies)
    for _ in range(minutes):
        harness.run()


def each_reason(harness: NotifierHarness) -> None:
    for number, reason in enumerate(Reason):
        runs(harness, dead_lettered(number, fingerprint=f"{number:012x}", reason=reason, withoutTenantGroup=1))
        runs(harness, dead_lettered(99, fingerprint=f"{99 + number:012x}", reason=reason, service="queue_processor"))


def each_remedy(harness: NotifierHarness) -> None:
    for number, remedy in enumerate(Remedy):
        runs(harness, dead_lettered(number, fingerprint=f"{number:012x}", reason="permanent", remedy=remedy))
        runs(harness, dead_lettered(number, fingerprint=f"{9 + number:012x}", ids=[], remedy=remedy))


def many_causes(harness: NotifierHarness) -> None:
    runs(harness, *(dead_lettered(number, fingerprint=f"{number:012x}") for number in range(9)))
    runs(harness, minutes=62)


def unknown_causes(harness: NotifierHarness) -> None:
    harness.dynamodb.fail = failing("AccessDeniedException", "scan")
    many_causes(harness)


def each_alarm(harness: NotifierHarness) -> None:
    for signal in SIGNALS:
        for state in ("ALARM", "OK"):
            runs(harness, alarm(signal.slug, state=state, at=harness.clock.now()))


def cause_again(harness: NotifierHarness) -> None:
    runs(harness, dead_lettered(1), minutes=62)
    for number in range(2, 15):
        runs(harness, dead_lettered(number, at=harness.clock.now()), minutes=10)
    decide(harness, "acknowledge")
    runs(harness, dead_lettered(20, at=harness.clock.now(), count=500))
    decide(harness, "snooze")
    runs(harness, dead_lettered(21, at=harness.clock.now()), minutes=12)
    decide(harness, "resolve")
    runs(harness, minutes=2)
    runs(harness, dead_lettered(22, at=harness.clock.now(), functionVersion="5d41402a"))


def decide(harness: NotifierHarness, action: str) -> None:
    """Let an operator decide about the only cause."""
    ((key, item),) = harness.dynamodb.causes.items()
    cause = cause_in(item)
    assert cause
    now = harness.clock.now()
    changed = {
        "acknowledge": lambda: acknowledged(cause, by=ADA, comment="mine", now=now),
        "snooze": lambda: snoozed(cause, until=now + timedelta(minutes=10), by=ADA, comment="", now=now),
        "resolve": lambda: resolved(cause, version="4c1b2a90", by=ADA, comment="fixed", now=now),
    }[action]()
    harness.dynamodb.causes[key] = changed.item()


def unreadable(harness: NotifierHarness) -> None:
    runs(harness, "ada", "{}")


def outage(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=NOW - timedelta(hours=1), to_do="Store the token.")
    harness.wait("activity.record", 40)
    runs(harness, alarm("oldest", subject="activity.record"))
    harness.wait("activity.record", 0)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    runs(harness)


def paused(harness: NotifierHarness) -> None:
    disable(harness, "sms.send", {})
    pause(harness, "email.send", lasts=timedelta(minutes=2))
    pause(harness, "report.generate", since=RETENTION_NEAR)
    runs(harness, alarm("oldest"), alarm("oldest", subject="sms.send"), minutes=4)
    harness.functions.fail = failing("AccessDeniedException", "update_event_source_mapping")
    pause(harness, "user.invited", lasts=timedelta(minutes=1))
    runs(harness, minutes=20)


def pause(
    harness: NotifierHarness, service: str, *, since: timedelta = timedelta(), lasts: timedelta | None = None
) -> None:
    began = harness.clock.now() - since
    until = began + lasts if lasts else None
    disable(harness, service, Pause(service=service, subject=service, by=ADA, since=began, until=until).tags())


def disable(harness: NotifierHarness, service: str, tags: dict[str, str]) -> None:
    mapping = harness.functions.mapping(service)
    mapping["State"] = "Disabled"
    harness.functions.tags[mapping["EventSourceMappingArn"]] = tags


def expired_soon(harness: NotifierHarness) -> None:
    runs(harness, expiring())


def undelivered(harness: NotifierHarness) -> None:
    about: dict[str, Any] = {"service": "webhook.deliver", "subject": "webhook.deliver", "reason": "unavailable"}
    runs(harness, dead_lettered(**about, error="NotDeliveredError"))


STORIES: tuple[Story, ...] = (
    each_reason,
    each_remedy,
    many_causes,
    unknown_causes,
    cause_again,
    each_alarm,
    unreadable,
    outage,
    paused,
    expired_soon,
    undelivered,
)


@pytest.fixture(scope="module")
def posted() -> Mapping[str, NotifierHarness]:
    """The harness of each story, after it."""
    told = {}
    for story in STORIES:
        story(harness := NotifierHarness())
        told[story.__name__] = harness
    return told


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_each_command_on_a_card_can_be_typed(posted: Mapping[str, NotifierHarness], story: str) -> None:
    cards = [unescape(shown(payload)) for payload in posted[story].slack.posted]

    assert cards
    for card in cards:
        for command in in_text(card):
            check(command)


def test_a_story_is_about_each_kind_of_card(posted: Mapping[str, NotifierHarness]) -> None:
    lines = [line for harness in posted.values() for line in harness.logged("posted")]

    assert {line["card"] for line in lines} == set(CardKind)
    assert {line["news"] for line in lines if line.get("news")} == set(News)
