"""Checks of the resources that a deploy created."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ops.preflight.check_result import CheckResult, CheckState
from ops.preflight.preflight import CHECKS, run
from schemas.catalogue import CATALOGUE
from schemas.names import resource_name
from schemas.pauses import Pause
from tests.unit.ops.preflight.new_account import NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

MESSAGING = "TalyAsync-Prod-Messaging"


def deployed(**changes: Any) -> NewAccount:
    account = NewAccount(**changes)
    account.deploy()
    return account


def found_by(check: str, account: NewAccount) -> list[CheckResult]:
    return run(account.read_for(assembly_of()), {check: CHECKS[check]})


@pytest.mark.parametrize(
    ("status", "state", "does"),
    [
        ("CREATE_COMPLETE", CheckState.OK, ""),
        ("UPDATE_COMPLETE", CheckState.OK, ""),
        ("IMPORT_COMPLETE", CheckState.OK, ""),
        ("REVIEW_IN_PROGRESS", CheckState.NOT_YET, ""),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", CheckState.WARNING, "wait for it"),
        (
            "ROLLBACK_COMPLETE",
            CheckState.FAILED,
            "aws cloudformation delete-stack --stack-name TalyAsync-Prod-Messaging",
        ),
        ("CREATE_FAILED", CheckState.FAILED, "aws cloudformation delete-stack"),
        ("DELETE_FAILED", CheckState.FAILED, "aws cloudformation delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", CheckState.FAILED, "aws cloudformation continue-update-rollback"),
        ("UPDATE_ROLLBACK_COMPLETE", CheckState.WARNING, "aws cloudformation describe-stack-events"),
        ("UPDATE_FAILED", CheckState.FAILED, "aws cloudformation describe-stack-events"),
        ("IMPORT_ROLLBACK_FAILED", CheckState.FAILED, "aws cloudformation describe-stack-events"),
    ],
)
def test_each_status_of_a_stack_says_what_to_do(status: str, state: CheckState, does: str) -> None:
    account = deployed()
    account.stacks[MESSAGING] = status

    found = next(each for each in found_by("stacks", account) if MESSAGING in each.check)

    assert found.state is state
    assert does in found.remedy
    assert bool(found.remedy) == bool(does)


def test_a_failed_stack_loses_its_protection_before_it_is_deleted() -> None:
    """The CDK turns the protection on before it creates a stack, and cannot delete the one that failed."""
    account = deployed()
    account.protected, account.stacks[MESSAGING] = True, "ROLLBACK_COMPLETE"

    found = next(each for each in found_by("stacks", account) if MESSAGING in each.check)

    unprotect, delete = found.remedy.split(", ")[:2]
    assert unprotect.startswith("aws cloudformation update-termination-protection --no-enable-termination-protection")
    assert delete.startswith("aws cloudformation delete-stack")


def test_a_stack_that_is_missing_waits_for_the_deploy_that_creates_it() -> None:
    """A failure would stop a pipeline before the deploy that is the remedy."""
    account = deployed()
    del account.stacks[MESSAGING]

    found = next(each for each in found_by("stacks", account) if MESSAGING in each.check)

    assert (found.state, found.remedy) == (CheckState.NOT_YET, "cdk deploy --all --context stage=prod")
    assert found.meaning == "The stage is deployed in part, and does not work"


def test_a_mapping_disabled_by_hand_fails_with_the_command_to_resume() -> None:
    account = deployed()
    account.mappings["taly-async-prod-email-send"] = "Disabled"

    (found,) = found_by("queues of functions", account)

    assert (found.state, found.remedy) == (CheckState.FAILED, "taly-async resume email.send --stage prod")
    assert found.found == "email.send: event source mapping disabled by hand. It does not end by itself."


def test_a_pause_that_is_meant_is_a_warning() -> None:
    """A failure would say of a deployment during a pause that the account lacks something."""
    account = deployed()
    account.mappings["taly-async-prod-email-send"] = "Disabled"
    account.pause_tags["taly-async-prod-email-send"] = Pause(
        service="email.send", subject="ses", by="arn:aws:sts::1:assumed-role/operator/ada", since=datetime.now(UTC)
    ).tags()

    (found,) = found_by("queues of functions", account)

    assert (found.state, found.remedy) == (CheckState.WARNING, "taly-async resume ses --stage prod")
    assert found.found.startswith("email.send is paused with ")


def test_a_mapping_that_is_being_deleted_fails() -> None:
    account = deployed()
    account.mappings["taly-async-prod-email-send"] = "Deleting"

    (found,) = found_by("queues of functions", account)

    assert (found.state, found.found) == (CheckState.FAILED, "the mapping of email.send is Deleting")


@pytest.mark.parametrize("service", ["queue_processor", "report.ready"])
def test_a_type_that_is_not_deployed_yet_waits_for_its_deploy(service: str) -> None:
    """A failure would stop a pipeline before the deploy of every new type."""
    account = deployed()
    del account.mappings[resource_name("prod", service)]

    (found,) = found_by("queues of functions", account)

    assert (found.state, found.found) == (CheckState.NOT_YET, f"{service} has no mapping")
    assert found.remedy == "cdk deploy --all --context stage=prod"


def test_a_mapping_in_between_is_a_warning() -> None:
    account = deployed()
    account.mappings["taly-async-prod-email-send"] = "Enabling"

    assert [each.state for each in found_by("queues of functions", account)] == [CheckState.WARNING]


def test_mappings_of_a_stage_whose_name_begins_alike_are_not_its_own() -> None:
    account = deployed()
    account.mappings = {name.replace("prod", "prod2"): "Disabled" for name in account.mappings}

    assert [each.state for each in found_by("queues of functions", account)] == [CheckState.NOT_YET]


def test_a_forgotten_subscription_fails_with_the_command_that_renews_it() -> None:
    account = deployed(partition="aws-cn")
    account.subscriptions["taly-async-prod-alerts"] = {}

    found = found_by("mail of topics", account)[0]

    assert (found.state, found.check) == (CheckState.FAILED, "mail of topic taly-async-prod-alerts")
    assert "--topic-arn arn:aws-cn:sns:eu-central-1:123456789012:taly-async-prod-alerts" in found.remedy


def test_a_new_address_waits_for_the_deploy_that_subscribes_it() -> None:
    account = deployed()
    account.subscriptions["taly-async-prod-alerts"] = {"before@taly.dev": "arn"}

    found = found_by("mail of topics", account)[0]

    assert (found.state, found.remedy) == (CheckState.NOT_YET, "cdk deploy --all --context stage=prod")
    assert found.found == "infra@taly.dev is not subscribed, and before@taly.dev is"


def test_a_secret_that_is_about_to_be_deleted_is_no_secret() -> None:
    account = deployed()
    (arn,) = [each for each in account.secrets if each.endswith("crm")]
    account.store(arn)
    account.secrets[arn]["DeletedDate"] = 1_776_000_000

    found = found_by("secrets", account)[0]

    assert (found.state, found.check) == (CheckState.FAILED, "secret: CRM token")
    assert found.remedy.startswith(f"aws secretsmanager restore-secret --secret-id {arn}")


def test_a_secret_that_is_gone_fails() -> None:
    account = deployed()
    account.secrets.clear()

    found = found_by("secrets", account)

    assert [each.state for each in found] == [CheckState.FAILED, CheckState.WARNING]
    assert {each.remedy for each in found} == {"cdk deploy --all --context stage=prod --revert-drift"}


def test_without_slack_alerts_are_mailed_which_is_a_warning() -> None:
    found = found_by("secrets", deployed())[1]

    assert (found.check, found.state) == ("secret: Slack webhook", CheckState.WARNING)


@pytest.mark.parametrize(
    ("code", "value", "check"),
    [
        ("L-244521F2", 10.0, "quota: rules on a bus"),
        ("L-664C5505", 50.0, "quota: characters of a pattern"),
    ],
)
def test_what_a_deploy_needs_more_of_than_the_quota_fails(code: str, value: float, check: str) -> None:
    account = NewAccount()
    account.quotas[code] = value

    (found,) = [each for each in found_by("quotas", account) if each.state is not CheckState.OK]

    assert (found.check, found.state) == (check, CheckState.FAILED)
    assert f"--service-code events --quota-code {code} --desired-value " in found.remedy


def test_the_rule_on_the_default_bus_takes_no_place_on_the_stages_bus() -> None:
    account = NewAccount()
    account.quotas["L-244521F2"] = len(CATALOGUE) + 1  # the types' rules and the catch-all

    assert {each.state for each in found_by("quotas", account)} == {CheckState.OK}


@pytest.mark.parametrize(("value", "state"), [(14.0, CheckState.OK), (13.0, CheckState.WARNING)])
def test_a_rate_below_the_stages_own_is_a_warning(value: float, state: CheckState) -> None:
    account = NewAccount(applied={"L-9B653E91"})
    account.quotas["L-9B653E91"] = value

    found = next(each for each in found_by("rates", account) if "PutEvents" in each.check)

    assert found.state is state


@pytest.mark.parametrize("check", ["quotas", "rates"])
def test_a_quota_that_aws_does_not_list_is_a_warning(check: str) -> None:
    """Not unknown, which fails: no later run would read it, either."""
    found = found_by(check, NewAccount(quotas={}))

    assert {each.state for each in found} == {CheckState.WARNING}
    assert all("does not list L-" in each.found for each in found)
