"""What is left to set before a stage can be deployed: placeholders of cdk.json, and the account of a retained stage."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import aws_cdk as cdk

from stacks.stage import Stage

_NOBODYS = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid)$", re.IGNORECASE)
"""Domains that belong to nobody (RFC 2606, sections 2 and 3): cdk.json has them where only the company knows its own."""


def require_account(stacks: Iterable[cdk.Stack], stage: Stage) -> None:
    """Let no stage with `retain` be deployed to an account that nobody has named.

    Without the setting `account`, a stage goes wherever the credentials point, and a retained one stays there. So its
    templates have a parameter without a value: it can be synthesized and compared, and `cdk deploy` refuses it.
    `--parameters` names the account for one deployment.
    """
    if stage.account or not stage.retain:
        return
    for stack in stacks:
        account = cdk.CfnParameter(
            stack,
            "SetAccountInCdkJson",
            allowed_pattern="[0-9]{12}",
            constraint_description="must be the 12 digits of an AWS account's id",
            description=f"The AWS account that stage {stage.name} belongs to: set stages.{stage.name}.account in cdk.json",
        )
        is_the_one = cdk.Fn.condition_equals(cdk.Aws.ACCOUNT_ID, account.value_as_string)
        asserted = cdk.CfnRuleAssertion(
            assert_=is_the_one, assert_description=f"stage {stage.name} belongs to another account: check AWS_PROFILE"
        )
        cdk.CfnRule(stack, "AccountIsTheOneNamed", assertions=[asserted])


def warn(stack: cdk.Stack, stage: Stage) -> None:
    """Let synth warn of settings that have to be changed before the stage works; an emulated stage has none.

    Args:
        stack: the stack that shows the warnings, one of the stage.
        stage: the stage.
    """
    if not stage.emulated:
        for setting, sentence in (*_placeholders(stage), *_unnamed_places(stage)):
            cdk.Annotations.of(stack).add_warning_v2(f"taly-async:{setting}", sentence)


def _placeholders(stage: Stage) -> Iterator[tuple[str, str]]:
    settings = {
        "crm_base_url": (urlsplit(stage.crm_base_url).hostname, "the CRM's base URL"),
        "mail_sender": (stage.mail_domain, "a From header whose domain SES has verified"),
        "alert_email": (stage.alert_email.partition("@")[2], "the address that alarms are emailed to"),
        "runbook_url": (urlsplit(stage.runbook_url).hostname, "where operators read docs/runbook.md"),
    }
    for setting, (domain, meaning) in settings.items():
        if _NOBODYS.search(domain or ""):
            yield (
                setting,
                f"{setting} of stage {stage.name} is the placeholder {getattr(stage, setting)}: "
                f"set stages.{stage.name}.{setting} or defaults.{setting} in cdk.json to {meaning}",
            )


def _unnamed_places(stage: Stage) -> Iterator[tuple[str, str]]:
    if not stage.retain:
        return
    if not stage.account:
        yield (
            "account",
            f"account of stage {stage.name} is not set, and the stage keeps its data (retain): cdk deploy refuses it, "
            f"since wrong credentials would leave it in another account. "
            f"Set stages.{stage.name}.account in cdk.json",
        )
    if not stage.region:
        yield (
            "region",
            f"region of stage {stage.name} is not set, and the stage keeps its data (retain): it goes where AWS_REGION "
            f"or the profile points, and a second stage stays elsewhere if that changes. "
            f"Set stages.{stage.name}.region in cdk.json",
        )
