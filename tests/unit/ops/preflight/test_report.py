"""`preflight` prints every finding, ends with the drill, and fails if anything failed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from typer.testing import CliRunner

from ops.command_line import PROGRAM, app
from ops.preflight.assembly import Assembly
from ops.preflight.preflight import preflight, report
from ops.preflight.verifications import VERIFICATIONS
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import console, json_lines
from tests.unit.ops.preflight.new_account import ACCOUNT, NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

COMPLETE = assembly_of(account=ACCOUNT)


def working() -> NewAccount:
    """An account in which a deployed stage works."""
    account = NewAccount(
        bootstrap=30,
        concurrency=1_000,
        production_access=True,
        send_rate=14.0,
        sms_sandbox=False,
        sms_attributes={"MonthlySpendLimit": "100"},
    )
    account.verify_identity("taly.dev")
    account.deploy()
    for arn in account.secrets:
        account.store(arn)
    for addresses in account.subscriptions.values():
        addresses["infra@taly.dev"] = "arn:aws:sns:eu-central-1:123456789012:confirmed"
    return account


def sends_alert() -> bool:
    console.print("the drill's own table")
    return True


def sends_none() -> bool:
    return False


def checked(
    account: NewAccount,
    assembly: Assembly = COMPLETE,
    *,
    run_drill: Callable[[], bool] | None = None,
    verify: bool = False,
) -> bool:
    return report(account.read_for(assembly), run_drill=run_drill, verify=verify)


def recorded(output: str) -> Mapping[str, Mapping[str, str]]:
    return {record["check"]: record for record in map(json.loads, output.splitlines())}


def test_a_stage_that_works_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(working())

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Stage prod in eu-central-1"
    assert lines[-1] == "1 warning, 27 ok"


def test_one_failure_fails(capsys: pytest.CaptureFixture[str]) -> None:
    account = working()
    account.concurrency = 10

    assert not checked(account)

    output = capsys.readouterr().out
    assert "✗ Lambda concurrency: 10 of 10 concurrent invocations" in output
    assert "    → aws service-quotas request-service-quota-increase" in output


def test_what_cannot_be_read_is_not_taken_for_sound(capsys: pytest.CaptureFixture[str]) -> None:
    account = working()
    account.refused = {"GetAccount": "AccessDeniedException"}

    assert not checked(account)

    assert "1 unknown" in capsys.readouterr().out


def test_an_assumption_without_evidence_yet_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    account = working()
    account.heartbeats, account.archived = 10, 10

    assert checked(account, verify=True)

    assert "? text-metric: AWS/SNS has no SMSMonthToDateSpentUSD yet" in capsys.readouterr().out


def test_each_finding_is_a_json_record(capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        checked(NewAccount(), assembly_of())

    records = recorded(capsys.readouterr().out)
    assert records["account"]["state"] == "failed"
    assert set(records["account"]) == {"check", "state", "found", "meaning", "remedy"}


def test_the_drill_waits_for_a_deploy(capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        checked(NewAccount(), run_drill=sends_alert)

    assert recorded(capsys.readouterr().out)["drill"]["found"] == "it runs once the stage is deployed"


def test_the_drill_waits_until_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    account = working()
    account.sms_sandbox = True

    with json_lines():
        checked(account, run_drill=sends_alert)

    drill = recorded(capsys.readouterr().out)["drill"]
    assert (drill["state"], drill["found"]) == ("not yet", "it runs once nothing above has failed")


def test_the_drill_is_the_last_step_of_a_stage_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(working(), run_drill=sends_alert)

    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:-1] == ["the drill's own table", "✓ drill: a message that was made to fail raised its alert"]


def test_a_drill_without_an_alert_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert not checked(working(), run_drill=sends_none)

    assert "✗ drill: the alert did not arrive within 300 s" in capsys.readouterr().out


def test_a_drill_that_is_denied_is_unknown_and_not_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    def denied() -> bool:
        raise AwsError("access denied: these credentials may not call SendMessage here", answered=True, denied=True)

    assert not checked(working(), run_drill=denied)

    output = capsys.readouterr().out
    assert "? drill: access denied: these credentials may not call SendMessage here" in output
    assert "    → taly-async drill --stage prod, with credentials that may" in output
    assert output.splitlines()[-1] == "1 warning, 1 unknown, 27 ok"


def test_json_is_not_mixed_with_the_drills_output(capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        checked(working(), run_drill=sends_alert)

    output = capsys.readouterr()
    assert recorded(output.out)["drill"]["state"] == "ok"
    assert "the drill's own table" in output.err


def test_verify_adds_each_verification_and_what_people_settle(capsys: pytest.CaptureFixture[str]) -> None:
    checked(working(), verify=True)

    output = capsys.readouterr().out
    assert all(f" {name}: " in output for name in VERIFICATIONS)
    assert "· by hand: " in output
    assert "taly-async drill --stage prod" in output
    assert not {"$STAGE", "$REGION"} & set(re.findall(r"\$[A-Z]+", output))


def test_characters_of_strangers_do_not_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    account = working()
    account.stacks["TalyAsync-Prod-Messaging"] = "\x1b[2J_FAILED"

    checked(account)

    assert "\x1b[2J" not in capsys.readouterr().out


def test_the_stage_on_this_machine_is_refused() -> None:
    with pytest.raises(OperatorError, match="preflight is for stages in AWS"):
        preflight(DeployedStage("local", NewAccount().client))


def test_the_command_refuses_it_with_a_sentence() -> None:
    ended = CliRunner().invoke(app, ["preflight", "--stage", "local"], prog_name=PROGRAM)

    assert ended.exit_code == 1
    assert "runs on the emulator, which has no quotas" in ended.output


def test_several_checks_share_one_answer() -> None:
    account = working()

    checked(account)

    calls = Counter(account.called)
    assert calls["GetAccountSettings"] == calls["GetCallerIdentity"] == 1
    assert calls["DescribeStacks"] == len(COMPLETE.stacks)
