"""Synth warns of what has to be set before a stage is deployed; a retained stage goes to no unnamed account."""

import aws_cdk as cdk
import pytest
from aws_cdk import cx_api

from stacks.readiness import require_account, warn
from stacks.stage import Stage
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import CONTEXT

REAL = {
    "crm_base_url": "https://crm.taly.dev",
    "mail_sender": "Taly <no-reply@mail.taly.dev>",
    "link_hosts": "app.taly.dev",
    "runbook_url": "https://git.taly.dev/queue-processor/docs/runbook.md",
}
PLACE = {"account": "111122223333", "region": "eu-central-1"}


def warnings(**settings: str) -> list[str]:
    """The warnings of a stage, with settings as given by `-c`."""
    stack = cdk.Stack(cdk.App(), "Stack")
    warn(stack, Stage.from_context({**CONTEXT, **settings}))
    return [str(entry.data).partition(" [ack:")[0] for entry in stack.node.metadata if entry.type == "aws:cdk:warning"]


def missing_parameters(deployment: Deployment) -> list[set[str]]:
    """The parameters of each stack that have no value until a deployment gives one."""
    return [
        {name for name, parameter in template["Parameters"].items() if "Default" not in parameter}
        for template in deployment.templates.values()
    ]


@pytest.mark.parametrize(
    ("setting", "placeholder", "remedy"),
    [
        ("crm_base_url", "https://crm.dev.taly.example", "the CRM's base URL"),
        (
            "mail_sender",
            "Taly dev <no-reply@mail.dev.taly.example>",
            "a From header whose domain SES has verified",
        ),
        ("link_hosts", "taly.example", "the hosts that links in mails may have"),
        (
            "runbook_url",
            "https://git.taly.example/queue-processor/blob/main/docs/runbook.md",
            "where operators read docs/runbook.md",
        ),
    ],
)
def test_each_placeholder_has_one_warning_with_its_key(setting: str, placeholder: str, remedy: str) -> None:
    found = [sentence for sentence in warnings(stage="dev") if setting in sentence]

    assert found == [
        (
            f"{setting} of stage dev is the placeholder {placeholder}: "
            f"set {setting} in cdk.json, under stages.dev or defaults, to {remedy}"
        )
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("crm_base_url", "https://CRM.EXAMPLE:8443/api"),
        ("crm_base_url", "https://crm.example.com"),
        ("mail_sender", "no-reply@mail.test"),
        ("link_hosts", "taly.example"),
        ("alert_email", "on-call@example.org"),
        ("runbook_url", "https://runbook.invalid/page?x=1"),
    ],
)
def test_a_domain_that_belongs_to_nobody_is_a_placeholder(setting: str, value: str) -> None:
    (warning,) = warnings(stage="dev", **{**REAL, setting: value})

    assert warning.startswith(f"{setting} of stage dev is the placeholder {value}: ")


def test_one_placeholder_among_the_hosts_of_links_is_named() -> None:
    (warning,) = warnings(stage="dev", **{**REAL, "link_hosts": "app.taly.dev,taly.example"})

    assert warning.startswith("link_hosts of stage dev is the placeholder taly.example: ")


@pytest.mark.parametrize("domain", ["example.taly.dev", "myexample.com", "test.dev", "contest"])
def test_a_domain_that_only_looks_reserved_is_none(domain: str) -> None:
    assert warnings(stage="dev", **{**REAL, "crm_base_url": f"https://{domain}/example"}) == []


def test_an_emulated_stage_has_no_warnings() -> None:
    assert warnings(stage="local", retain="true") == []


def test_a_retained_stage_without_account_or_region_is_warned_of() -> None:
    found = warnings(stage="prod", **REAL)

    assert [sentence.partition(":")[0] for sentence in found] == [
        "account of stage prod is not set, and the stage keeps its data (retain)",
        "region of stage prod is not set, and the stage keeps its data (retain)",
    ]
    assert [sentence.rpartition(". ")[2] for sentence in found] == [
        "Set stages.prod.account in cdk.json",
        "Set stages.prod.region in cdk.json",
    ]


@pytest.mark.parametrize("settings", [{"stage": "prod", **PLACE}, {"stage": "dev"}])
def test_a_named_place_or_no_kept_data_has_no_warnings(settings: dict[str, str]) -> None:
    assert warnings(**settings, **REAL) == []


def test_synth_reports_the_warnings_and_does_not_fail(prod: Deployment) -> None:
    messages = [message for stack in cx_api.CloudAssembly(str(prod.folder)).stacks for message in stack.messages]

    assert {message.level for message in messages} == {cx_api.SynthesisMessageLevel.WARNING}
    assert len(messages) == len(warnings(stage="prod"))


def test_a_retained_stage_without_account_needs_it_to_deploy(prod: Deployment) -> None:
    assert missing_parameters(prod) == [{"SetAccountInCdkJson"}] * 3


def test_an_account_given_to_a_deployment_must_be_its_own(prod: Deployment) -> None:
    for template in prod.templates.values():
        (assertion,) = template["Rules"]["AccountIsTheOneNamed"]["Assertions"]

        assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::AccountId"}, {"Ref": "SetAccountInCdkJson"}]}


@pytest.mark.parametrize("settings", [{"stage": "prod", "account": PLACE["account"]}, {"stage": "dev"}])
def test_a_named_account_or_no_kept_data_needs_nothing(settings: dict[str, str]) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")

    require_account([stack], Stage.from_context({**CONTEXT, **settings}))

    assert [child.node.id for child in stack.node.children] == []
