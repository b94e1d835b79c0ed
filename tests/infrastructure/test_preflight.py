"""Preflight reads from a stage's real templates what the stage expects of its account."""

from pathlib import Path

import pytest

from ops.preflight.assembly import read_assembly
from ops.preflight.check_result import CheckState, has_failed
from ops.preflight.preflight import CHECKS, run
from schemas.catalogue import CATALOGUE
from schemas.names import ALERTS, PROCESSING, resource_name, stack_name
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import synthesize
from tests.unit.ops.preflight.new_account import NewAccount


def test_every_mapping_and_the_notifier_count_for_the_concurrency(deployment: Deployment) -> None:
    assembly = read_assembly(deployment.stage.name, deployment.folder)

    mappings = [each.properties["ScalingConfig"] for each in deployment.resources("AWS::Lambda::EventSourceMapping")]
    functions = len(deployment.resources("AWS::Lambda::Function"))
    assert assembly.functions == len(mappings) == len(CATALOGUE) + 1
    assert assembly.concurrency == sum(each["MaximumConcurrency"] for each in mappings) + functions - len(mappings)
    assert assembly.least_concurrency == 2 * len(mappings) + functions - len(mappings)


def test_settings_are_those_of_the_stage(deployment: Deployment) -> None:
    stage, assembly = deployment.stage, read_assembly(deployment.stage.name, deployment.folder)

    assert assembly.retains is stage.retain
    assert assembly.mail_rate == stage.mail_rate
    assert assembly.mail_sender in stage.mail_sender
    assert assembly.text_alarm == (0.0 if stage.emulated else 0.8 * stage.text_budget)
    assert len(assembly.mailed_topics) >= 2
    assert all(addresses == [stage.alert_email] for addresses in assembly.mailed_topics.values())
    assert resource_name(stage.name, ALERTS) in assembly.mailed_topics


def test_the_stacks_need_a_bootstrap_stack_with_a_lookup_role(prod: Deployment) -> None:
    assembly = read_assembly("prod", prod.folder)

    assert list(assembly.stacks) == list(prod.templates)
    assert (assembly.bootstrap_parameter, assembly.bootstrap_version) == ("/cdk-bootstrap/hnb659fds/version", 8)


def test_without_account_and_region_those_of_the_credentials_count(stage_deployment: Synthesized) -> None:
    assembly = read_assembly("dev", stage_deployment("dev").folder)

    assert (assembly.account, assembly.region) == (None, None)


def test_account_and_region_are_those_of_the_manifest(tmp_path: Path) -> None:
    folder = synthesize(tmp_path, stage="prod", account="123456789012", region="af-south-1").folder

    assembly = read_assembly("prod", folder)

    assert (assembly.account, assembly.region) == ("123456789012", "af-south-1")


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_new_account_is_too_small_for_a_stage(stage: str, stage_deployment: Synthesized) -> None:
    findings = run(NewAccount().read_for(read_assembly(stage, stage_deployment(stage).folder)), CHECKS)

    assert has_failed(findings)
    assert {"Lambda concurrency", "cdk bootstrap", "SES sender"} <= {
        each.check for each in findings if each.state is CheckState.FAILED
    }


def test_eventbridges_default_quotas_are_enough(prod: Deployment) -> None:
    checks = {name: CHECKS[name] for name in ("quotas", "rates")}

    findings = run(NewAccount().read_for(read_assembly("prod", prod.folder)), checks)

    assert {each.state for each in findings} == {CheckState.OK}


def test_every_mapping_of_the_templates_is_expected_and_no_other(prod: Deployment) -> None:
    account = NewAccount()
    account.deploy()
    functions = prod.templates[stack_name("prod", PROCESSING)]["Resources"]
    account.mappings = {
        functions[each.properties["FunctionName"]["Ref"]]["Properties"]["FunctionName"]: "Enabled"
        for each in prod.resources("AWS::Lambda::EventSourceMapping")
    }

    (found,) = run(account.read_for(read_assembly("prod", prod.folder)), {"mappings": CHECKS["queues of functions"]})

    assert (found.state, found.found) == (CheckState.OK, f"{len(account.mappings)} mappings are enabled")
