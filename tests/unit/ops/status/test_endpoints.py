"""`endpoints`: customers' webhook endpoints that fail or are disabled, the most urgent first."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.stage.aws_errors import AwsError
from ops.status import commands
from ops.status.endpoints import list_endpoints, read_endpoints
from ops.terminal.command import CommandLine
from ops.terminal.errors import OperatorError
from ops.terminal.output import json_lines
from schemas.endpoints import INDEX_KEY, INDEXED, EndpointState, endpoint_key
from schemas.wire import timestamp
from tests.fakes.service import NOON, failing
from tests.fakes.stage import FakeStage
from tests.messages import COMPANY

OTHER_COMPANY = "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"
HOUR = timedelta(hours=1)
REDRIVE = "taly-async redrive webhook.deliver --endpoint ENDPOINT --tenant TENANT --stage dev"

app = CommandLine(help="Inspect.")
app.add(commands.status)
app.add(commands.endpoints)


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def note(stage: FakeStage, endpoint: str, *, company: str = COMPANY, **attributes: Any) -> None:
    """Keep the item of an endpoint, and list it in the index."""
    key = endpoint_key(company, endpoint)
    item: dict[str, Any] = {"id": {"S": key}}
    for name, value in attributes.items():
        text = timestamp(value) if isinstance(value, datetime) else str(value)
        item[name] = {"N": text} if isinstance(value, int) else {"S": text}
    stage.dynamodb.items[key] = item
    index = stage.dynamodb.items.setdefault(INDEX_KEY, {"id": {"S": INDEX_KEY}, INDEXED: {"SS": []}})
    index[INDEXED]["SS"].append(key)


def read(stage: FakeStage) -> list[EndpointState]:
    return list(read_endpoints(stage.dynamodb.batch_get_item, stage.dynamodb.name))


def ids(stage: FakeStage) -> list[str]:
    return [each.endpoint_id for each in read(stage)]


def lines(stage: FakeStage, capsys: pytest.CaptureFixture[str], tenant: str = "") -> list[str]:
    assert list_endpoints(stage.deployed, tenant=tenant, now=NOON)
    return capsys.readouterr().out.splitlines()


def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)
    return CliRunner().invoke(app, ["endpoints", *arguments, "--stage", "dev"])


def test_no_item_says_that_no_endpoint_fails(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(stage, capsys) == ["✓ No webhook endpoint fails, and none is disabled (stage dev)."]


def test_a_failing_endpoint_says_since_when_why_and_what_next(
    stage: FakeStage, capsys: pytest.CaptureFixture[str]
) -> None:
    note(
        stage,
        "ep_1",
        failing_since=NOON - 50 * HOUR,
        failed_at=NOON - HOUR,
        failures=14,
        asked_from=NOON + timedelta(minutes=14),
        last_answer="the endpoint answered 503",
    )

    command = f"taly-async redrive webhook.deliver --endpoint ep_1 --tenant {COMPANY} --stage dev"
    assert lines(stage, capsys) == [
        "1 webhook endpoint of 1 tenant: 1 fails (stage dev)",
        f"… ep_1  tenant {COMPANY}",
        "    fails since 2026-04-12 10:00 UTC, 14 failures in a row; last: the endpoint answered 503",
        "    next call in 14 m 00 s; admins not informed yet; will be disabled on 2026-04-17 10:00 UTC",
        f"  Its owner has to repair it. Then send what was missed: {command}",
    ]


def test_an_endpoint_whose_hold_is_over_is_called_next(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    note(stage, "ep_1", failing_since=NOON - 80 * HOUR, asked_from=NOON, reported_at=NOON - 8 * HOUR)

    assert lines(stage, capsys)[3].split("; ") == [
        "    called by the next message",
        "admins informed on 2026-04-14 04:00 UTC",
        "will be disabled on 2026-04-16 04:00 UTC",
    ]


def test_an_owner_who_is_informed_late_has_two_days(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    """An endpoint may fail once, and be called again only a week later."""
    note(stage, "ep_1", failing_since=NOON - 200 * HOUR, asked_from=NOON, reported_at=NOON - HOUR)
    note(stage, "ep_2", failing_since=NOON - 200 * HOUR, asked_from=NOON)

    printed = lines(stage, capsys)

    assert printed[3].endswith("will be disabled on 2026-04-16 11:00 UTC")
    assert printed[6].endswith("admins not informed yet; will be disabled on 2026-04-16 12:00 UTC")


def test_a_disabled_endpoint_says_that_its_webhooks_are_skipped(
    stage: FakeStage, capsys: pytest.CaptureFixture[str]
) -> None:
    note(stage, "ep_1", failing_since=NOON - HOUR, failures=1, disabled_at=NOON, last_answer="the endpoint is gone")

    assert lines(stage, capsys)[1:4] == [
        f"✗ ep_1  tenant {COMPANY}",
        "    failed since 2026-04-14 11:00 UTC, 1 failure in a row; last: the endpoint is gone",
        "    disabled on 2026-04-14 12:00 UTC: what comes for it is skipped until the CRM enables it",
    ]


def test_what_is_disabled_next_comes_first_and_disabled_last(stage: FakeStage) -> None:
    note(stage, "off_for_long", failing_since=NOON - 99 * HOUR, disabled_at=NOON - 9 * HOUR)
    note(stage, "fails_since_now", failing_since=NOON)
    note(stage, "off", failing_since=NOON - 120 * HOUR, disabled_at=NOON)
    note(stage, "fails_for_days", failing_since=NOON - 70 * HOUR)

    assert ids(stage) == ["fails_for_days", "fails_since_now", "off", "off_for_long"]


def test_an_index_entry_without_an_item_is_left_out(stage: FakeStage) -> None:
    note(stage, "ep_1", failing_since=NOON)
    note(stage, "gone", failing_since=NOON)
    del stage.dynamodb.items[endpoint_key(COMPANY, "gone")]

    assert ids(stage) == ["ep_1"]


def test_an_item_of_an_endpoint_that_works_again_is_left_out(stage: FakeStage) -> None:
    note(stage, "recovered", failures=0)

    assert read(stage) == []


def test_250_endpoints_are_read_by_100_keys_a_call(stage: FakeStage) -> None:
    for number in range(250):
        note(stage, f"ep_{number:03}", failing_since=NOON + timedelta(seconds=number))

    assert ids(stage) == [f"ep_{number:03}" for number in range(250)]
    assert stage.dynamodb.calls == ["batch_get_item"] * 4  # the index, then 100, 100 and 50


def test_one_id_of_two_tenants_is_two_endpoints(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    note(stage, "ep_1", failing_since=NOON)
    note(stage, "ep_1", company=OTHER_COMPANY, failing_since=NOON, disabled_at=NOON)

    printed = lines(stage, capsys)

    assert printed[0] == "2 webhook endpoints of 2 tenants: 1 fails, 1 is disabled (stage dev)"
    assert printed[-1] == f"  Their owners have to repair them. Then send what was missed: {REDRIVE}"


def test_a_tenant_selects_its_endpoints(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    note(stage, "ep_1", failing_since=NOON)
    note(stage, "ep_2", company=OTHER_COMPANY, failing_since=NOON)

    shown = lines(stage, capsys, tenant=OTHER_COMPANY)

    assert shown[0] == f"1 webhook endpoint of 1 tenant: 1 fails (stage dev, tenant {OTHER_COMPANY})"
    assert shown[1] == f"… ep_2  tenant {OTHER_COMPANY}"


def test_json_has_one_object_for_each_endpoint(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    note(stage, "ep_1", failing_since=NOON, failed_at=NOON, failures=3, asked_from=NOON + HOUR, last_answer="503")
    note(stage, "ep_2", failing_since=NOON, failed_at=NOON, failures=1, disabled_at=NOON, reported_at=NOON)

    with json_lines():
        shown = [json.loads(line) for line in lines(stage, capsys)]

    noon = "2026-04-14T12:00:00+00:00"
    assert shown == [
        {
            "tenant": COMPANY,
            "endpoint": "ep_1",
            "state": "failing",
            "failures": 3,
            "last_answer": "503",
            "failing_since": noon,
            "last_failure": noon,
            "next_call": "2026-04-14T13:00:00+00:00",
            "reported_at": None,
            "disabled_from": "2026-04-19T12:00:00+00:00",
            "disabled_at": None,
        },
        {
            "tenant": COMPANY,
            "endpoint": "ep_2",
            "state": "disabled",
            "failures": 1,
            "last_answer": "",
            "failing_since": noon,
            "last_failure": noon,
            "next_call": None,
            "reported_at": noon,
            "disabled_from": None,
            "disabled_at": noon,
        },
    ]


def test_json_of_no_endpoint_is_empty(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        assert lines(stage, capsys) == []


def test_values_of_strangers_cannot_move_the_cursor(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    note(stage, "ep\x1b[2J", company="[red]\u202e", failing_since=NOON, last_answer="\x1b[2J[bold]\x07")

    shown = "\n".join(lines(stage, capsys))

    assert "\x1b" not in shown
    assert "\\x1b[2J[bold]\\x07" in shown
    assert "[red]\\u202e" in shown


@pytest.mark.parametrize("attribute", ["failing_since", "asked_from", "disabled_at"])
def test_a_time_that_is_none_is_read_as_absent(
    stage: FakeStage, capsys: pytest.CaptureFixture[str], attribute: str
) -> None:
    attributes: dict[str, Any] = {"failing_since": NOON, "reported_at": NOON, attribute: "soon"}
    note(stage, "ep_1", **attributes)

    assert not any("soon" in line for line in lines(stage, capsys))


def test_a_throttled_table_says_to_try_again(stage: FakeStage) -> None:
    note(stage, "ep_1", failing_since=NOON)
    stage.dynamodb.keys_a_call = 0

    with pytest.raises(OperatorError, match=r"the table is throttled\. Try again"):
        list_endpoints(stage.deployed, now=NOON)


def test_a_table_that_may_not_be_read_is_a_sentence(stage: FakeStage) -> None:
    stage.dynamodb.fail = failing("AccessDeniedException")

    with pytest.raises(AwsError, match="BatchGetItem"):
        list_endpoints(stage.deployed, now=NOON)


def test_the_command_takes_a_tenant(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    note(stage, "ep_1", failing_since=NOON)

    result = run(stage, monkeypatch, "--tenant", f" {OTHER_COMPANY.upper()} ", "--json")

    assert (result.exit_code, result.stdout) == (0, "")


def test_the_command_refuses_what_is_no_tenant(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(stage, monkeypatch, "--tenant", "acme")

    assert result.exit_code == 1
    assert "'acme' is no tenant: give a companyId, which is a UUID" in result.stderr
