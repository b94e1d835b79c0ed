"""A new account is red with a sentence for each obstacle, and green after what the sentences say."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ops.preflight.assembly import Assembly
from ops.preflight.check_result import CheckResult, CheckState, has_failed
from ops.preflight.preflight import CHECKS, run
from tests.unit.ops.preflight.new_account import ACCOUNT, NewAccount
from tests.unit.ops.preflight.stage_assembly import CONCURRENCY, LEAST, assembly_of

OBSTACLES = {
    "account",
    "cdk bootstrap",
    "Lambda concurrency",
    "SES production access",
    "SES rate",
    "SES sender",
    "SMS sandbox",
    "SMS spend limit",
}
"""Checks that a new account fails before a deploy."""

AFTER_A_DEPLOY = {
    "mail of topic taly-async-prod-alerts",
    "mail of topic taly-async-prod-slack-notifier",
    "secret: CRM token",
}


def found_in(account: NewAccount, assembly: Assembly | None = None) -> list[CheckResult]:
    return run(account.read_for(assembly or assembly_of()), CHECKS)


def of_state(findings: list[CheckResult], state: CheckState) -> set[str]:
    return {each.check for each in findings if each.state is state}


def finding(findings: list[CheckResult], check: str) -> CheckResult:
    (found,) = [each for each in findings if each.check == check]
    return found


def raise_concurrency(account: NewAccount, remedy: re.Match[str]) -> None:
    account.concurrency = int(remedy["value"])


def leave_sandbox(account: NewAccount, _: re.Match[str]) -> None:
    account.production_access, account.send_rate, account.daily = True, 14.0, 50_000.0


def leave_sms_sandbox(account: NewAccount, _: re.Match[str]) -> None:
    account.sms_sandbox = False


def limit_spending(account: NewAccount, _: re.Match[str]) -> None:
    account.sms_attributes["MonthlySpendLimit"] = "100"


def bootstrap(account: NewAccount, remedy: re.Match[str]) -> None:
    assert (remedy["account"], remedy["region"]) == (account.account, account.region)
    account.bootstrap = 30


def create_identity(account: NewAccount, remedy: re.Match[str]) -> None:
    account.verify_identity(remedy["name"])


def confirm(account: NewAccount, remedy: re.Match[str]) -> None:
    account.subscriptions[remedy["topic"]][remedy["address"]] = f"{remedy['topic']}:1"


def store(account: NewAccount, remedy: re.Match[str]) -> None:
    account.store(remedy["arn"])


DEEDS: dict[str, Callable[[NewAccount, re.Match[str]], None]] = {
    r"aws service-quotas request-service-quota-increase --service-code lambda .*--desired-value (?P<value>\d+)": (
        raise_concurrency
    ),
    r"aws sesv2 put-account-details --production-access-enabled": leave_sandbox,
    r'set "mail_rate": 1 of the stage in cdk.json': leave_sandbox,
    r"request the exit: SNS console": leave_sms_sandbox,
    r'aws sns set-sms-attributes --attributes "MonthlySpendLimit=DOLLARS"': limit_spending,
    r"^cdk bootstrap aws://(?P<account>\d+)/(?P<region>\S+) --context stage=prod$": bootstrap,
    r"aws sesv2 create-email-identity --email-identity (?P<name>\S+)": create_identity,
    r"aws sns subscribe --topic-arn \S+:(?P<topic>\S+) .* --notification-endpoint (?P<address>\S+)": confirm,
    r"aws secretsmanager put-secret-value --secret-id (?P<arn>\S+) --secret-string file://FILE": store,
}
"""Actions of an infra engineer, by a finding's sentence."""


def do_what_they_say(account: NewAccount, assembly: Assembly, findings: list[CheckResult]) -> Assembly:
    """Carry out each remedy; returns the assembly with the settings that they name."""
    for each in findings:
        if setting := re.search(r'set "account": "(\d+)" of the stage in cdk.json', each.remedy):
            assembly = replace(assembly, account=setting[1])
        for pattern, deed in DEEDS.items():
            if matched := re.search(pattern, each.remedy):
                deed(account, matched)
    return assembly


def test_a_new_account_fails_with_one_finding_for_each_obstacle() -> None:
    findings = found_in(NewAccount())

    assert of_state(findings, CheckState.FAILED) == OBSTACLES
    assert len({each.check for each in findings}) == len(findings)


def test_each_obstacle_says_what_is_there_what_it_means_and_what_to_do() -> None:
    for each in found_in(NewAccount()):
        assert each.found
        if each.state is CheckState.FAILED:
            assert each.meaning[0].isupper()
            assert not each.meaning.endswith(".")
            assert each.remedy


def test_what_a_deploy_creates_is_not_yet_there() -> None:
    findings = found_in(NewAccount())

    assert of_state(findings, CheckState.NOT_YET) >= {"queues of functions", *AFTER_A_DEPLOY}
    assert not of_state(findings, CheckState.UNKNOWN)


def test_after_what_it_says_and_a_deploy_the_account_is_green() -> None:
    account, assembly = NewAccount(), assembly_of()

    assembly = do_what_they_say(account, assembly, found_in(account, assembly))
    before_deploy = found_in(account, assembly)
    account.deploy()
    after_deploy = found_in(account, assembly)
    do_what_they_say(account, assembly, after_deploy)
    mended = found_in(account, assembly)

    assert not has_failed(before_deploy)
    assert of_state(after_deploy, CheckState.FAILED) == AFTER_A_DEPLOY
    assert not has_failed(mended)
    assert not of_state(mended, CheckState.NOT_YET)


def test_a_stage_that_keeps_nothing_is_warned_of_the_sandboxes() -> None:
    findings = found_in(NewAccount(), assembly_of("dev", retains=False))

    sandboxes = {"SES production access", "SES rate", "SMS sandbox", "SMS spend limit"}
    assert of_state(findings, CheckState.WARNING) >= sandboxes
    assert of_state(findings, CheckState.FAILED) == OBSTACLES - sandboxes - {"account"}


@pytest.mark.parametrize("concurrency", [10, LEAST - 1])
def test_a_quota_below_two_for_each_queue_fits_no_setting(concurrency: int) -> None:
    found = finding(found_in(NewAccount(concurrency=concurrency)), "Lambda concurrency")

    assert found.state is CheckState.FAILED
    assert f"{LEAST} in all" in found.meaning
    assert "--quota-code L-B99A9384 --desired-value 1000" in found.remedy
    assert "cdk.json" not in found.remedy


@pytest.mark.parametrize("concurrency", [LEAST, CONCURRENCY - 1])
def test_a_quota_below_the_sum_prints_the_request_and_the_setting(concurrency: int) -> None:
    found = finding(found_in(NewAccount(concurrency=concurrency)), "Lambda concurrency")

    assert found.state is CheckState.FAILED
    assert f"may take {CONCURRENCY}" in found.found
    assert "aws service-quotas request-service-quota-increase --service-code lambda" in found.remedy
    assert f'set "concurrency": {concurrency} of the stage in cdk.json' in found.remedy


def test_a_quota_of_the_sum_is_enough() -> None:
    assert finding(found_in(NewAccount(concurrency=CONCURRENCY)), "Lambda concurrency").state is CheckState.OK


def test_what_other_functions_reserve_is_not_free() -> None:
    account = NewAccount(concurrency=1_000, reserved=1_001 - CONCURRENCY)

    found = finding(found_in(account), "Lambda concurrency")

    assert found.state is CheckState.FAILED
    assert f"--desired-value {CONCURRENCY + 1_001 - CONCURRENCY}" in found.remedy


@pytest.mark.parametrize(
    ("other", "state"), [(1_000 - CONCURRENCY, CheckState.OK), (1_001 - CONCURRENCY, CheckState.WARNING)]
)
def test_mappings_of_other_stages_share_the_quota(other: int, state: CheckState) -> None:
    account = NewAccount(concurrency=1_000, others={"taly-async-prod2-email-send": other})

    assert finding(found_in(account), "other functions").state is state


def test_credentials_of_another_account_fail() -> None:
    found = finding(found_in(NewAccount(), assembly_of(account="999999999999")), "account")

    assert found.state is CheckState.FAILED
    assert f"of account {ACCOUNT}, and stage prod belongs to 999999999999" in found.found


def test_another_region_is_read_and_named_in_every_command() -> None:
    account = NewAccount(
        region="af-south-1", quotas={"L-244521F2": 10.0, "L-664C5505": 50.0, "L-9B653E91": 5.0, "L-5540C5E3": 5.0}
    )

    findings = found_in(account)

    commands = [
        each.remedy for each in findings if "aws service-quotas" in each.remedy or "aws sesv2 create" in each.remedy
    ]
    assert len(commands) >= 6
    assert all("--region af-south-1" in each for each in commands)


def test_a_region_that_is_not_the_stages_fails() -> None:
    found = finding(found_in(NewAccount(), assembly_of(region="eu-west-1")), "region")

    assert (found.state, found.remedy) == (CheckState.FAILED, "give --region eu-west-1")


@pytest.mark.parametrize(("version", "state"), [(7, CheckState.FAILED), (8, CheckState.OK)])
def test_an_old_bootstrap_stack_fails(version: int, state: CheckState) -> None:
    assert finding(found_in(NewAccount(bootstrap=version)), "cdk bootstrap").state is state
