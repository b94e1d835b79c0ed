"""`dead-letters list`, `show` and `export`: their output, and that they change nothing."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.service import failing
from tests.fakes.stage import (
    CAUSE,
    DEAD_LETTERS,
    INGRESS_DEAD_LETTERS,
    OF_ALL_TYPES,
    OPERATOR,
    OTHER_CAUSE,
    UNROUTED,
    FakeStage,
)
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run, running

OTHER_COMPANY = "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"
HOSTILE = "[red]boo[/red]\x1b[2J\u202e\x07 [/]"


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_list_shows_the_most_frequent_cause_first(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, OTHER_CAUSE, reason="crashed")
    stage.clock.sleep(60)
    stage.add_dead_letter(2)
    stage.clock.sleep(60)
    stage.add_dead_letter(3, company=OTHER_COMPANY)
    stage.add_dead_letter(4, "", url=INGRESS_DEAD_LETTERS)

    result = run("dead-letters", "list")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "queue_processor",
        "  -             no reason  ours  activity.record  1 message, 1 tenant  2026-04-14T12:02:00Z",
        "    moved by SQS itself, no reason recorded: its function could not start, or crashed",
        "activity.record",
        f"  {CAUSE}  permanent  ours  2 messages, 2 tenants  2026-04-14T12:01:00Z to 2026-04-14T12:02:00Z",
        "    PermanentError: the CRM answered 422",
        f"  {OTHER_CAUSE}  crashed  ours  1 message, 1 tenant  2026-04-14T12:00:00Z",
        "    PermanentError: the CRM answered 422",
    ]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 3


def test_json_has_one_object_for_each_cause(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)

    result = run("dead-letters", "list", "--json", "--type", "activity.record")

    assert records(result.stdout) == [
        {
            "type": "activity.record",
            "message_types": ["activity.record"],
            "sources": [],
            "reason": "permanent",
            "remedy": "redrive",
            "fingerprint": CAUSE,
            "count": 2,
            "tenants": 1,
            "first": "2026-04-14T12:00:00Z",
            "last": "2026-04-14T12:00:00Z",
            "error": "PermanentError: the CRM answered 422",
            "state": None,
        }
    ]


def test_a_cause_with_two_remedies_is_listed_as_two(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, remedy="mend")
    stage.add_dead_letter(2)

    found = records(run("dead-letters", "list", "--json").stdout)

    assert [(cause["remedy"], cause["count"]) for cause in found] == [("mend", 1), ("redrive", 1)]


def test_list_names_the_commands_of_the_remedies_that_it_found(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, remedy="discard")

    notes = run("dead-letters", "list").stderr

    assert "Ours, once the causes are fixed: taly-async redrive --all --sample 5 --stage dev" in notes
    assert "The senders', who get a text to read: taly-async discard --remedy discard --comment" in notes
    assert "redo" not in notes


def test_list_offers_no_redrive_of_all_for_undelivered_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = FakeStage(services=OF_ALL_TYPES)
    url = stage.dead_letters_url("webhook.deliver")
    stage.add_dead_letter(1, url=url, reason="unavailable", errorClass="NotDeliveredError")

    result = running(stage, monkeypatch)("dead-letters", "list")

    assert "a customer's" in result.stdout
    assert "redrive --all" not in result.stderr


@pytest.mark.parametrize("words", [("list", "--each", "--json"), ("export", "-")], ids=" ".join)
def test_a_remedy_filters(stage: FakeStage, run: Run, words: tuple[str, ...]) -> None:
    stage.add_dead_letter(1, remedy="discard")
    stage.add_dead_letter(2, reason="invalid_payload")
    stage.add_dead_letter(3)

    result = run("dead-letters", *words, "--remedy", "discard")

    assert [record["id"] for record in records(result.stdout)] == ["task-1", "task-2"]


@pytest.mark.parametrize(("remedy", "sentence"), [("wait", "there is no remedy wait: give one of"), (" ", "is blank")])
def test_an_unknown_remedy_is_refused(stage: FakeStage, run: Run, remedy: str, sentence: str) -> None:
    result = run("dead-letters", "list", "--remedy", remedy)

    assert result.exit_code == 1
    assert sentence in result.stderr
    assert stage.sqs.calls == []


@pytest.mark.parametrize("words", [("list",), ("export", "-")], ids=" ".join)
def test_an_endpoint_is_for_webhooks_alone(stage: FakeStage, run: Run, words: tuple[str, ...]) -> None:
    stage.add_dead_letter(1)

    result = run("dead-letters", *words, "--type", "activity.record", "--endpoint", "ep_1")

    assert result.exit_code == 1
    assert "webhook.deliver alone, and activity.record has none for an endpoint" in result.stderr
    assert stage.sqs.calls == []


def test_list_by_endpoint_reads_the_queue_of_webhooks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = FakeStage(services=OF_ALL_TYPES)
    body = {"id": "here", "type": "webhook.deliver", "payload": {"companyId": COMPANY, "endpointId": "ep_1"}}
    url = stage.dead_letters_url("webhook.deliver")
    stage.add_dead_letter(1, body=json.dumps(body), reason="unavailable", url=url)
    stage.add_dead_letter(2, url=url)

    result = running(stage, monkeypatch)("dead-letters", "list", "--each", "--json", "--endpoint", "ep_1")

    assert [record["id"] for record in records(result.stdout)] == ["here"]
    asked = [request for request in stage.sqs.requests if "QueueUrl" in request]
    assert {request["QueueUrl"] for request in asked} == {url}


def test_each_lists_one_line_for_each_dead_letter(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, OTHER_CAUSE)

    by_cause = run("dead-letters", "list", "--each", "--cause", OTHER_CAUSE)
    as_json = run("dead-letters", "list", "--each", "--json", "--tenant", COMPANY)

    assert by_cause.stdout == (
        f"2026-04-14T12:00:00Z  activity.record  permanent  {OTHER_CAUSE}  {COMPANY}  task-2  "
        "PermanentError: the CRM answered 422\n"
    )
    assert [record["id"] for record in records(as_json.stdout)] == ["task-1", "task-2"]


REFUSED = json.dumps({"id": "b-1", "type": "booking.created", "source": "crm.bookings", "payload": {}})


def test_a_refused_message_is_listed_and_shown_with_type_and_source(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, body=REFUSED, url=INGRESS_DEAD_LETTERS, reason="invalid_payload", source="crm.bookings")

    by_cause = run("dead-letters", "list").stdout
    each = run("dead-letters", "list", "--each").stdout
    (cause,) = records(run("dead-letters", "list", "--json").stdout)
    (record,) = records(run("dead-letters", "list", "--each", "--json").stdout)
    shown = run("dead-letters", "show", "b-1").stdout

    assert "invalid_payload  the sender's  booking.created from crm.bookings  1 message  2026" in by_cause
    assert "queue_processor (booking.created from crm.bookings)  invalid_payload" in each
    assert (cause["message_types"], cause["sources"]) == (["booking.created"], ["crm.bookings"])
    assert (record["message_type"], record["source"]) == ("booking.created", "crm.bookings")
    assert "  type          booking.created\n  source        crm.bookings\n" in shown


def test_a_message_refused_by_its_own_function_is_listed_with_its_source(stage: FakeStage, run: Run) -> None:
    body = json.dumps({"id": "task-1", "type": "activity.record", "source": "crm", "payload": 7})
    stage.add_dead_letter(1, body=body, reason="invalid_envelope", source="crm")

    assert "activity.record (from crm)  invalid_envelope" in run("dead-letters", "list", "--each").stdout


@pytest.mark.parametrize("source", ["\x1b[2J", "aws.sqs", "x" * 257, 7])
def test_a_source_that_no_contract_allows_is_not_shown(stage: FakeStage, run: Run, source: object) -> None:
    body = json.dumps({"id": "b-1", "type": "booking.created", "source": source})
    stage.add_dead_letter(1, body=body, url=INGRESS_DEAD_LETTERS)

    assert "queue_processor (booking.created)  permanent" in run("dead-letters", "list", "--each").stdout


def test_messages_of_many_types_are_listed_with_the_first_three(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        body = json.dumps({"id": f"b-{number}", "type": f"new.type{number}", "source": "crm"})
        stage.add_dead_letter(number, "", body=body, url=UNROUTED)

    text = run("dead-letters", "list").stdout
    assert "new.type0 from crm, new.type1 from crm, new.type2 from crm and 2 more  5 messages" in text


def test_an_empty_list_says_so(run: Run) -> None:
    assert run("dead-letters", "list").stdout == "No dead letters in stage dev.\n"
    assert run("dead-letters", "list", "--reason", "loop").stdout == "No such dead letters in stage dev.\n"
    assert run("dead-letters", "list", "--json").stdout == ""


def test_show_prints_the_failure_history_without_payload(stage: FakeStage, run: Run) -> None:
    attempts = [{"attempt": 1, "error": "CrmError", "message": "503", "at": "2026-04-14T11:59:00Z", "durationMs": 812}]
    stage.add_dead_letter(1, attempts=attempts, redriven=2, producerAttributes={"customer": "Ada"})

    result = run("dead-letters", "show", "task-1")

    assert result.exit_code == 0
    for expected in (
        "permanent",
        CAUSE,
        "PermanentError: the CRM answered 422",
        "1  2026-04-14T11:59:00Z  812 ms  CrmError",
    ):
        assert expected in result.stdout
    assert "--payload shows it" in result.stdout
    assert "Ada" not in result.stdout
    assert "companyId" not in result.stdout
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1


WAITS = [
    {
        "destination": "crm",
        "why": "the CRM answered 503",
        "since": "2026-04-14T09:00:00Z",
        "until": "2026-04-14T11:00:00Z",
        "times": 1_200,
    },
    {"destination": "", "why": "\x1b[2J", "since": "2026-04-14T11:30:00Z", "until": "2026-04-14T11:30:00Z", "times": 1},
]


def test_show_prints_what_a_message_waited_for(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, reason="unavailable", waits=WAITS)

    lines = run("dead-letters", "show", "task-1").stdout.splitlines()

    at = lines.index("waits")
    assert lines[at + 1 : at + 3] == [
        "  2026-04-14T09:00:00Z to 2026-04-14T11:00:00Z  deferred 1,200 times for the CRM: the CRM answered 503",
        "  2026-04-14T11:30:00Z  deferred 1 time: \\x1b[2J",
    ]


def test_show_prints_the_waits_of_a_message_moved_by_sqs(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, "")
    history = {"DataType": "String", "StringValue": json.dumps({"waits": WAITS})}
    stage.sqs.messages(DEAD_LETTERS)[0].attributes["history"] = history

    assert "deferred 1,200 times for the CRM" in run("dead-letters", "show", "task-1").stdout


def test_a_message_that_never_waited_has_no_heading_of_waits(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    assert "waits" not in run("dead-letters", "show", "task-1").stdout


def test_payload_option_shows_the_payload(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    text = run("dead-letters", "show", "sqs-1", "--payload").stdout
    (record,) = records(run("dead-letters", "show", "sqs-1", "--payload", "--json").stdout)

    assert f'    "companyId": "{COMPANY}"' in text
    assert record["payload"] == {"companyId": COMPANY}


def test_only_the_producers_attributes_are_shown_with_the_payload(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, producerAttributes={"customer": "Ada"})
    stage.sqs.messages(DEAD_LETTERS)[0].attributes["trace"] = {"DataType": "String", "StringValue": "abc"}

    text = run("dead-letters", "show", "sqs-1", "--payload").stdout
    (record,) = records(run("dead-letters", "show", "sqs-1", "--payload", "--json").stdout)

    assert "attribute customer" in text
    assert record["attributes"] == {"customer": "Ada", "trace": "abc"}


def test_a_payload_is_shown_only_after_an_audit_line_is_written(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    run("dead-letters", "show", "sqs-1")
    assert stage.logs.lines() == []
    run("dead-letters", "show", "sqs-1", "--payload")
    (line,) = stage.logs.lines()
    assert (line["message"], line["id"], line["who"]) == ("shown", "task-1", OPERATOR)

    stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    refused = run("dead-letters", "show", "sqs-1", "--payload")
    assert refused.exit_code == 1
    assert COMPANY not in refused.stdout
    assert "the audit log could not be written" in refused.stderr


def test_export_writes_an_audit_line_for_each_dead_letter_first(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)

    run("dead-letters", "export", str(tmp_path / "all.jsonl"))
    assert [(line["message"], line["id"]) for line in stage.logs.lines()] == [("shown", "task-1"), ("shown", "task-2")]

    stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    refused = run("dead-letters", "export", str(tmp_path / "none.jsonl"))
    assert refused.exit_code == 1
    assert not (tmp_path / "none.jsonl").exists()


def test_json_leaves_the_payload_out(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, producerAttributes={"customer": "Ada"})

    (record,) = records(run("dead-letters", "show", "task-1", "--json").stdout)

    assert not {"payload", "body", "attributes"} & record.keys()
    assert "Ada" not in str(record)
    assert record["envelope"] == {"id": "task-1", "type": "activity.record", "attempts": 3}


def test_the_history_of_a_message_moved_by_sqs_is_shown(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, "")
    history = {
        "first_enqueued_at": "2026-04-14T11:00:00Z",
        "attempts": [{"attempt": 1, "error": "Slow", "message": "x"}],
    }
    stage.sqs.messages(DEAD_LETTERS)[0].attributes["history"] = {
        "DataType": "String",
        "StringValue": json.dumps(history),
    }

    text = run("dead-letters", "show", "task-1").stdout

    assert "moved by SQS" in text
    assert "2026-04-14T11:00:00Z" in text
    assert "1  0 ms  Slow: x" in text


def test_an_unknown_id_is_an_error(run: Run) -> None:
    result = run("dead-letters", "show", HOSTILE)

    assert result.exit_code == 1
    assert r"has the id [red]boo[/red]\x1b[2J\u202e\x07 [/]: was it redriven" in result.output


@pytest.mark.parametrize("command", [["list"], ["list", "--each"], ["show", "sqs-1"], ["show", "sqs-1", "--payload"]])
def test_hostile_text_is_escaped(stage: FakeStage, run: Run, command: list[str]) -> None:
    body = json.dumps({"id": "x", HOSTILE: 1, "source": HOSTILE, "payload": {HOSTILE: HOSTILE}}, ensure_ascii=False)
    stage.add_dead_letter(
        1, body=body, message=HOSTILE, frame=HOSTILE, attempts=[{"error": HOSTILE}, 7], function=HOSTILE
    )

    result = run("dead-letters", *command)

    assert result.exit_code == 0
    assert r"[red]boo[/red]\x1b[2J\u202e\x07" in result.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)


@pytest.mark.parametrize("body", ["{broken\n\x1b[2J", "[]", "[" * 9_999, '{"payload": {"a": 1e400}}', '{"payload": 4}'])
def test_any_body_can_be_shown(stage: FakeStage, run: Run, body: str) -> None:
    stage.add_dead_letter(1, body=body)

    result = run("dead-letters", "show", "sqs-1", "--payload")

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


def test_an_export_is_complete_and_readable_only_by_its_owner(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, OTHER_CAUSE)
    stage.sqs.messages(DEAD_LETTERS)[0].attributes["raw"] = {"DataType": "Binary", "BinaryValue": b"\xff"}
    file = tmp_path / "dead-letters.jsonl"

    result = run("dead-letters", "export", str(file), "--cause", CAUSE)

    (record,) = records(file.read_text())
    remaining = stage.sqs.visible(DEAD_LETTERS)
    assert (result.exit_code, result.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (record["body"], record["group"], record["sqs_message_id"]) == (remaining[0].body, COMPANY, "sqs-1")
    assert record["attributes"] == remaining[0].attributes | {"raw": {"DataType": "Binary", "BinaryValue": "/w=="}}
    assert len(remaining) == 2


def test_an_export_overwrites_no_file(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "dead-letters.jsonl"
    file.write_text("mine")

    result = run("dead-letters", "export", str(file))

    assert result.exit_code == 1
    assert "is there already, and is not overwritten" in result.output
    assert file.read_text() == "mine"
    assert stage.sqs.calls == []


def test_an_export_to_a_missing_folder_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("dead-letters", "export", str(tmp_path / "none" / "dead-letters.jsonl"))

    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.output


def test_an_export_to_standard_output_is_ascii(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1, message=HOSTILE)

    result = run("dead-letters", "export", "-")

    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout
    (record,) = records(result.stdout)
    assert isinstance(record["failure_history"], dict)
    assert record["failure_history"]["message"] == HOSTILE


def test_an_unknown_type_is_an_error(run: Run) -> None:
    result = run("dead-letters", "list", "--type", "activity.recrod")

    assert result.exit_code == 1
    assert "there is no type activity.recrod. Did you mean activity.record?" in result.output


@pytest.mark.parametrize("blank", ["", " "], ids=repr)
@pytest.mark.parametrize("option", ["--reason", "--cause", "--tenant", "--id", "--since", "--until"])
def test_a_blank_filter_is_refused(stage: FakeStage, run: Run, option: str, blank: str) -> None:
    stage.add_dead_letter(1)

    result = run("redrive", "activity.record", option, blank)

    assert result.exit_code == 1
    assert "is blank: say which, or leave the option out for all" in result.stderr
    assert stage.sqs.calls == []


def test_a_blank_reason_discards_nothing(stage: FakeStage, run: Run) -> None:
    result = run("discard", "activity.record", "--comment", "fixed", "--reason", "", "--all", "--yes")

    assert "the reason is blank" in result.stderr
    assert stage.sqs.calls == []


@pytest.mark.parametrize(
    "biography",
    [
        {"deadLetteredAt": "0001-01-01T00:00:00+23:00"},
        {"attempts": 4},
        {"attempts": [4]},
        {"attempts": {"a": 1}},
        {"waits": [4]},
    ],
    ids=str,
)
def test_a_malformed_failure_history_is_shown_as_far_as_possible(
    stage: FakeStage, run: Run, biography: dict[str, Any]
) -> None:
    stage.add_dead_letter(1, **biography)

    listed, shown = run("dead-letters", "list", "--each"), run("dead-letters", "show", "task-1")

    assert (listed.exit_code, shown.exit_code) == (0, 0)
    assert "task-1" in listed.stdout
    assert "the CRM answered 422" in shown.stdout
