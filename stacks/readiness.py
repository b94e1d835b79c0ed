"""Settings that are missing for a deployment: placeholders of cdk.json, and the account of a retained stage."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import aws_cdk as cdk

from stacks.stage import Stage

_RESERVED_DOMAIN = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid)$", re.IGNORECASE)
"""Domains that belong to nobody (RFC 2606, sections 2 and 3): in cdk.json they stand for the company's own."""


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
            description=f"The account of stage {stage.name}: set stages.{stage.name}.account in cdk.json",
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
    if stage.emulated:
        return
    for setting, sentence in {**_placeholders(stage), **(_unnamed_places(stage) if stage.retain else {})}.items():
        cdk.Annotations.of(stack).add_warning_v2(f"taly-async:{setting}", sentence)


def _placeholders(stage: Stage) -> dict[str, str]:
    host = next(filter(_RESERVED_DOMAIN.search, stage.link_hosts), "")
    sender, people = stage.mail_address.partition("@")[2], stage.alert_email.partition("@")[2]
    settings = {
        "crm_base_url": (stage.crm_base_url, urlsplit(stage.crm_base_url).hostname, "the CRM's base URL"),
        "mail_sender": (stage.mail_sender, sender, "a From header whose domain SES has verified"),
        "link_hosts": (host, host, "the hosts that links in mails may have"),
        "alert_email": (stage.alert_email, people, "the address that alarms are emailed to"),
        "runbook_url": (
            stage.runbook_url,
            urlsplit(stage.runbook_url).hostname,
            "where operators read docs/runbook.md",
        ),
    }
    return {
        setting: f"{setting} of stage {stage.name} is the placeholder {value}: "
        f"set {setting} in cdk.json, under stages.{stage.name} or defaults, to {meaning}"
        for setting, (value, domain, meaning) in settings.items()
        if _RESERVED_DOMAIN.search(domain or "")
    }


def _unnamed_places(stage: Stage) -> dict[str, str]:
    consequences = {
        "account": "cdk deploy refuses it, since wrong credentials would leave it in another account",
        "region": "it goes where AWS_REGION or the profile points, and another one would leave a second stage there",
    }
    return {
        setting: f"{setting} of stage {stage.name} is not set, and the stage keeps its data (retain): {consequence}. "
        f"Set stages.{stage.name}.{setting} in cdk.json"
        for setting, consequence in consequences.items()
        if getattr(stage, setting) is None
    }
