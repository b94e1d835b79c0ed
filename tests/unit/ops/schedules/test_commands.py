"""`schedules list`, `cancel` and `run`, each change after a confirmation."""

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ops.messages.replay import commands as replay
from ops.schedules import commands as schedules
from ops.schedules.report import ahead, cancel, list_schedules, run_now
from ops.schedules.schedules import ScheduleFilter, name_prefix
from ops.stage.audit_log import AuditError
from ops.stage.deployed import NotDeployedError
from ops.terminal.errors import OperatorError
from ops.terminal.input import confirmed
from ops.terminal.output import json_lines
from schemas.appointments import text_key
from schemas.reasons import OperatorAction
from schemas.schedule_names import schedule_name
from tests.fakes.service import NOON, failing
from tests.unit.ops.schedules.schedule_stage import (
    APPOINTMENT,
    KEY,
    OTHER_TENANT,
    TENANT,
    ScheduleStage,
    with_a_reminder,
)


@pytest.fixture
def aws() -> ScheduleStage:
    return with_a_reminder()


def keys(aws: ScheduleStage, **wanted: Any) -> list[str]:
    return [each.key for each in aws.group.matching(ScheduleFilter(**wanted)).schedules]


def test_the_next_schedule_is_first_and_recurring_ones_are_last(aws: ScheduleStage) -> None:
    aws.add_recurring()
    aws.add("dunning/p/1", NOON + timedelta(hours=1))

    assert keys(aws) == ["dunning/p/1", KEY, "Heartbeat-XYZ"]


def test_a_text_that_waits_for_the_morning_is_found_by_its_key(aws: ScheduleStage) -> None:
    morning = NOON + timedelta(hours=20)
    aws.add(text_key(TENANT, APPOINTMENT), morning)

    assert keys(aws, key=f"text/{TENANT}/") == [text_key(TENANT, APPOINTMENT)]
    assert aws.group.once(text_key(TENANT, APPOINTMENT)).due == morning


@pytest.mark.parametrize(
    "wanted",
    [
        {"type_name": "appointment.reminder"},
        {"tenant": TENANT.upper()},
        {"key": f"reminder/{APPOINTMENT}"},
        {"before": NOON + timedelta(hours=4)},
    ],
    ids=lambda wanted: next(iter(wanted)),
)
def test_only_matching_schedules_are_listed(aws: ScheduleStage, wanted: dict[str, Any]) -> None:
    aws.add_recurring()
    aws.add("dunning/p/1", NOON + timedelta(hours=5), type_name="payment.retry", tenant=OTHER_TENANT)

    assert keys(aws, **wanted) == [KEY]


def test_all_pages_of_schedules_are_read(aws: ScheduleStage) -> None:
    aws.scheduler.page = 3
    for number in range(7):
        aws.add(f"dunning/{number}/1", NOON + timedelta(minutes=number))

    assert len(keys(aws)) == 8


def test_a_stage_that_is_not_deployed_has_no_empty_list() -> None:
    """The emulator lists no schedule for a group that does not exist."""
    with pytest.raises(NotDeployedError, match="stage prod is not deployed here"):
        list_schedules(ScheduleStage("prod", ()).deployed, ScheduleFilter(), now=NOON)


def test_a_schedule_deleted_while_listing_is_left_out(aws: ScheduleStage) -> None:
    aws.add("dunning/p/1", NOON)
    gone = schedule_name(KEY)

    def go(_call: str) -> None:
        aws.schedules.pop(gone, None)

    aws.scheduler.before = go

    assert keys(aws) == ["dunning/p/1"]


def test_exactly_one_page_is_reported_as_maybe_incomplete(
    aws: ScheduleStage, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(99):
        aws.add(f"dunning/{number}/1", NOON)

    with json_lines():
        list_schedules(aws.deployed, ScheduleFilter(), now=NOON)

    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 100
    assert "some may be missing" in " ".join(printed.err.split())


def test_a_json_line_has_all_fields_of_a_schedule(aws: ScheduleStage, capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        list_schedules(aws.deployed, ScheduleFilter(), now=NOON)

    assert json.loads(capsys.readouterr().out) == {
        "key": KEY,
        "name": schedule_name(KEY),
        "type": "appointment.reminder",
        "tenant": TENANT,
        "id": KEY.replace("/", "."),
        "due": "2026-04-14T15:00:00+00:00",
        "recurring": None,
    }


def test_a_schedules_text_cannot_control_the_terminal(aws: ScheduleStage, capsys: pytest.CaptureFixture[str]) -> None:
    aws.set("odd", "at(2026-04-15T00:00:00)", "no JSON", "[red]\x1b[2Jodd")

    list_schedules(aws.deployed, ScheduleFilter(), now=NOON)

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "[red]" in printed


PART = st.text("abcXYZ019_-", min_size=1, max_size=25)


@given(parts=st.lists(PART, min_size=1, max_size=5), cut=st.integers(min_value=0))
def test_the_names_of_keys_with_a_prefix_have_the_name_prefix(parts: list[str], cut: int) -> None:
    key = "/".join(parts)

    assert schedule_name(key).startswith(name_prefix(key[: cut % (len(key) + 1)]))


def audited(aws: ScheduleStage) -> tuple[str, str, str]:
    (line,) = aws.logs.lines()
    return line["message"], line["id"], line["key"]


def test_a_schedule_that_is_run_now_is_in_the_audit_log(aws: ScheduleStage) -> None:
    assert run_now(aws.deployed, KEY, yes=True)

    assert audited(aws) == (OperatorAction.SCHEDULE_RUN, KEY.replace("/", "."), KEY)


def test_a_schedule_is_cancelled(aws: ScheduleStage, capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        assert cancel(aws.deployed, KEY, yes=True)

    assert aws.schedules == {}
    assert aws.sent == []
    assert json.loads(capsys.readouterr().out)["cancelled"] is True
    assert audited(aws) == (OperatorAction.SCHEDULE_CANCELLED, KEY.replace("/", "."), KEY)


@pytest.mark.parametrize("change", [cancel, run_now])
def test_without_an_audit_line_nothing_changes(aws: ScheduleStage, change: Callable[..., bool]) -> None:
    aws.logs.fail = failing("ServiceUnavailableException", "put_log_events")

    with pytest.raises(AuditError, match="the audit log could not be written"):
        change(aws.deployed, KEY, yes=True)

    assert (list(aws.schedules), aws.sent) == ([schedule_name(KEY)], [])


@pytest.mark.parametrize("change", [cancel, run_now])
def test_without_a_terminal_and_without_yes_nothing_changes(aws: ScheduleStage, change: Callable[..., bool]) -> None:
    with pytest.raises(OperatorError, match="give --yes"):
        change(aws.deployed, KEY, yes=False)

    assert (list(aws.schedules), aws.sent) == ([schedule_name(KEY)], [])


def test_yes_answers_the_question() -> None:
    assert confirmed("Really?", yes=True)


@pytest.mark.parametrize("change", [cancel, run_now])
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("reminder/none/24h", "there is no schedule reminder/none/24h"),
        ("Heartbeat-XYZ", r"recurring \(rate\(1 minute\)\)"),
        ("no key!", "takes letters"),
    ],
)
def test_an_unknown_or_recurring_schedule_is_left_unchanged(
    aws: ScheduleStage, change: Callable[..., bool], key: str, expected: str
) -> None:
    aws.add_recurring()

    with pytest.raises(OperatorError, match=expected):
        change(aws.deployed, key, yes=True)

    assert len(aws.schedules) == 2
    assert aws.sent == []


@pytest.mark.parametrize(
    ("text", "at"), [("2h", NOON + timedelta(hours=2)), ("2026-04-15T00:00:00Z", datetime(2026, 4, 15, tzinfo=UTC))]
)
def test_a_duration_is_a_time_ahead(text: str, at: datetime) -> None:
    assert ahead(text, NOON) == at


def test_an_unknown_type_is_refused(aws: ScheduleStage) -> None:
    with pytest.raises(OperatorError, match=re.escape("there is no type no.such")):
        list_schedules(aws.deployed, ScheduleFilter(type_name="no.such"), now=NOON)


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "done"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_the_operator_is_asked(monkeypatch: pytest.MonkeyPatch, *, typed: str, done: bool) -> None:
    asked = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", asked)

    assert confirmed("Cancel it?", yes=False) is done
    assert "Cancel it?" in asked.getvalue()


@pytest.mark.parametrize(
    "typed",
    [
        ["schedules", "list", "--type", "email.send", "--before", "2h", "--key", "reminder/", "--tenant", TENANT],
        ["schedules", "cancel", KEY, "--yes"],
        ["schedules", "run", KEY, "-y"],
        ["replay", "--since", "2h", "--until", "5m", "--type", "email.send", "--type", "sms.send", "--no-wait"],
        ["replay", "--cancel", "name"],
    ],
    ids=lambda typed: " ".join(typed[:2]),
)
def test_the_options_of_each_command_are_accepted(typed: list[str]) -> None:
    app = typer.Typer()
    app.command()(replay.replay)
    app.add_typer(schedules.app, name="schedules")

    ended = CliRunner().invoke(app, [*typed, "--stage", "nowhere", "--json"])

    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)


def test_keys_are_not_cut_on_a_narrow_terminal(aws: ScheduleStage, capsys: pytest.CaptureFixture[str]) -> None:
    list_schedules(aws.deployed, ScheduleFilter(), now=NOON)

    assert f"{KEY} " in capsys.readouterr().out


@pytest.mark.parametrize("tenant", ["", "  ", "the other one"])
def test_an_invalid_tenant_is_refused(tenant: str) -> None:
    app = typer.Typer()
    app.add_typer(schedules.app, name="schedules")

    ended = CliRunner().invoke(app, ["schedules", "list", "--tenant", tenant, "--stage", "dev"])

    assert ended.exit_code == 1
    assert "tenant" in ended.stderr
