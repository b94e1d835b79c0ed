"""Checks of the account and region: whose they are, their bootstrap, and the concurrency of their functions."""

from collections.abc import Iterator

from ops.preflight.check_result import CheckResult, failed, ok, warning
from ops.preflight.reading import AbsentError, Account
from schemas.names import resource_name

CONCURRENCY_QUOTA = "L-B99A9384"
"""Lambda's quota "Concurrent executions" (AWS General Reference, "AWS Lambda endpoints and quotas")."""


def account(here: Account) -> Iterator[CheckResult]:
    """Compare the credentials' account with the stage's: retained data in the wrong account is hard to move."""
    name, found = "account", here.identity().account
    expected, stage = here.assembly.account, here.assembly.stage
    if expected and expected != found:
        yield failed(
            name,
            f"these credentials are of account {found}, and stage {stage} belongs to {expected}",
            "Everything below is about the wrong account",
            "set AWS_PROFILE or --profile to one of that account",
        )
    elif not expected and here.assembly.retains:
        yield failed(
            name,
            f"stage {stage} keeps its data and names no account; these credentials are of {found}",
            "With other credentials a deploy would create a second stage elsewhere, and keep that one, too",
            f'set "account": "{found}" of the stage in cdk.json',
        )
    else:
        yield ok(name, found if expected else f"{found}, that of the credentials")


def region(here: Account) -> Iterator[CheckResult]:
    """Compare the region that is read with the one that the stage is deployed to."""
    name, expected = "region", here.assembly.region
    if expected and expected != here.region:
        yield failed(
            name,
            f"{here.region} is read, and stage {here.assembly.stage} is deployed to {expected}",
            "Everything below is about the wrong region",
            f"give --region {expected}",
        )
    else:
        yield ok(name, here.region if expected else f"{here.region}, as cdk.json names none for the stage")


def bootstrap(here: Account) -> Iterator[CheckResult]:
    """Read the version of the account's bootstrap stack (CDK guide, "Bootstrap your environment")."""
    name, parameter = "cdk bootstrap", here.assembly.bootstrap_parameter
    required = here.assembly.bootstrap_version
    remedy = f"cdk bootstrap aws://{here.identity().account}/{here.region} --context stage={here.assembly.stage}"
    try:
        version = int(here.read("ssm:GetParameter", Name=parameter)["Parameter"]["Value"])
    except AbsentError:
        yield failed(
            name, "this account and region are not bootstrapped", "There is no bucket and no role to deploy by", remedy
        )
        return
    if version < required:
        found = f"version {version}, and the templates need {required}"
        yield failed(name, found, "CloudFormation refuses the templates", remedy)
    else:
        yield ok(name, f"version {version}")


def concurrency(here: Account) -> Iterator[CheckResult]:
    """Compare the account's concurrency with what the mappings may take: new accounts may have 10 (Lambda, "Quotas").

    Beyond it Lambda throttles. A throttled delivery costs a receive, and after 20 of them SQS moves the message away.
    """
    name, assembly = "Lambda concurrency", here.assembly
    limits = here.read("lambda:GetAccountSettings")["AccountLimit"]
    total, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    needed, least = assembly.concurrency, assembly.least_concurrency
    found = (
        f"{free:,} of {total:,} concurrent invocations are not reserved, and the stage's functions may take {needed:,}"
    )
    if free >= needed:
        yield ok(name, found)
        return
    request = (
        "aws service-quotas request-service-quota-increase --service-code lambda "
        f"--quota-code {CONCURRENCY_QUOTA} --desired-value {max(1_000, needed + total - free)} --region {here.region}"
    )
    if free < least:
        meaning = f"No setting fits: {assembly.functions} queues take two invocations each at least, {least:,} in all"
        yield failed(name, found, meaning, request)
    else:
        meaning = "Functions would be throttled under load, and throttles move messages to dead-letter queues unread"
        own = f'set "concurrency": {free} of the stage in cdk.json, which divides it among the functions'
        yield failed(name, found, meaning, f"{request}; or {own}")


def other_functions(here: Account) -> Iterator[CheckResult]:
    """Compare the account's concurrency with that of all its mappings: other stages share it."""
    name, own = "other functions", resource_name(here.assembly.stage)
    free = here.read("lambda:GetAccountSettings")["AccountLimit"]["UnreservedConcurrentExecutions"]
    others = sum(
        each.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
        for function, each in here.mappings()
        if not function.startswith(f"{own}-")
    )
    needed = here.assembly.concurrency + others
    if others and free < needed:
        yield warning(
            name,
            f"other mappings of the account may take {others:,} concurrent invocations: {needed:,} in all, of {free:,}",
            "Together they can throttle this stage",
            'set "concurrency" of each stage in cdk.json to its share, or request more concurrency of the account',
        )
    elif others:
        yield ok(name, f"other mappings may take {others:,} concurrent invocations; they fit")
    else:
        yield ok(name, "no other mapping declares a concurrency")
