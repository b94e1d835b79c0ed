"""Checks of what a deploy created: stacks, mappings, subscriptions, secrets."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ops.preflight.check_result import CheckResult, CheckState, failed, not_yet, ok, warning
from ops.preflight.reading import AbsentError, Account
from ops.status.pauses import PauseStatus
from schemas import pauses
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, Output, resource_name
from schemas.pauses import QUEUE_RETENTION, Pause

_PENDING = "PendingConfirmation"
"""In place of the ARN of a subscription that nobody confirmed (SNS API, Subscription)."""

_COMPLETE = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})
_ROLLED_BACK = frozenset({"IMPORT_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_STUCK = frozenset({"CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""Statuses of a stack that CloudFormation does not update."""

_ENABLED, _IN_BETWEEN = "Enabled", frozenset({"Creating", "Enabling", "Updating"})
"""States of a mapping (Lambda API, EventSourceMappingConfiguration)."""


def stacks(here: Account) -> Iterator[CheckResult]:
    """Check that each stack's last operation succeeded."""
    found = {name: here.stack(name) for name in here.assembly.stacks}
    is_begun = any(found.values())
    for name, stack in found.items():
        if stack is None and is_begun:
            meaning = "The stage is deployed in part, and does not work"
            yield not_yet(f"stack {name}", "it does not exist, and others do", meaning, here.assembly.deploy)
        elif stack is None:
            yield not_yet(f"stack {name}", "it does not exist")
        else:
            yield _stack(here, name, stack)


def _stack(here: Account, name: str, stack: Mapping[str, Any]) -> CheckResult:
    """Judge a stack by its status (CloudFormation API, Stack: StackStatus)."""
    status = str(stack["StackStatus"])
    check, again = f"stack {name}", here.assembly.deploy
    why = f"for the reason, aws cloudformation describe-stack-events --stack-name {name} --region {here.region}"
    if status in _COMPLETE:
        return ok(check, status)
    if status == "REVIEW_IN_PROGRESS":
        return not_yet(check, "it has a change set that was not executed")
    if status.endswith("_IN_PROGRESS"):
        return warning(check, status, "A deploy is going on", "wait for it, and run preflight again")
    if status in _ROLLED_BACK:
        return warning(check, status, "The last deploy failed, and the version before it runs", f"{why}; then {again}")
    meaning, mend = _broken(here, name, status, protected=bool(stack.get("EnableTerminationProtection")))
    return failed(check, status, meaning, f"{mend}then {again}; {why}")


def _broken(here: Account, name: str, status: str, *, protected: bool) -> tuple[str, str]:
    """Return the meaning of a failed stack's status, and the commands before a new deploy."""
    where = f"--stack-name {name} --region {here.region}"
    if status in _STUCK:
        unprotect = "aws cloudformation update-termination-protection --no-enable-termination-protection"
        delete = f"aws cloudformation delete-stack {where}, "
        meaning = "Its creation or deletion failed; it cannot be updated"
        return meaning, f"{unprotect} {where}, {delete}" if protected else delete
    if status == "UPDATE_ROLLBACK_FAILED":
        go_on = f"aws cloudformation continue-update-rollback {where}, "
        return "Its last update failed, and so did the way back", go_on
    return "Its last operation failed half-way", "correct what failed, "


def mappings(here: Account) -> Iterator[CheckResult]:
    """Check that each queue's mapping is enabled, or paused on purpose.

    One that does not exist may be of a type that is not deployed yet.
    """
    name, stage = "queues of functions", here.assembly.stage
    functions = {resource_name(stage, each): each for each in (*BY_NAME, QUEUE_PROCESSOR)}
    found = {functions[function]: each for function, each in here.mappings() if function in functions}
    if not found:
        yield not_yet(name)
        return
    problems = [each for each in _mapping_problems(here, name, functions.values(), found) if each]
    yield from problems or [ok(name, f"{len(found)} mappings are enabled")]


def _mapping_problems(
    here: Account, name: str, services: Any, found: Mapping[str, Mapping[str, Any]]
) -> Iterator[CheckResult]:
    sources = pauses.mappings(lambda: iter([{"EventSourceMappings": [*found.values()]}]), here.assembly.stage)
    paused = pauses.pauses(sources, partial(here.read, "lambda:ListTags"))
    for service in services:
        mapping = found.get(service)
        if mapping is None:
            yield not_yet(name, f"{service} has no mapping", "No function gets its messages", here.assembly.deploy)
        elif service in paused:
            yield _paused(here, name, paused[service])
        elif mapping.get("State") in _IN_BETWEEN:
            yield warning(name, f"the mapping of {service} is {mapping['State']}", "It starts soon", "wait a minute")
        elif mapping.get("State") != _ENABLED:
            state, meaning = f"the mapping of {service} is {mapping.get('State')}", "No function gets its messages"
            yield failed(name, state, meaning, here.assembly.restore)


def _paused(here: Account, name: str, pause: Pause) -> CheckResult:
    """Judge a disabled mapping as `status` does: a pause that is meant is no failure."""
    status = PauseStatus(pause, datetime.now(UTC))
    judged = failed if status.problem else warning
    meaning = f"Its messages stay in the queue, and expire after {QUEUE_RETENTION.days} days"
    return judged(name, status.text([pause.service]), meaning, status.commands([pause.service], here.assembly.stage))


def subscriptions(here: Account) -> Iterator[CheckResult]:
    """Check that the addresses of all topics confirmed: until then, no alarm is mailed."""
    for topic_name, addresses in here.assembly.mailed_topics.items():
        name, topic = f"mail of topic {topic_name}", here.topic_arn(topic_name)
        try:
            found = here.read_all("sns:ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic)
        except AbsentError:
            yield not_yet(name)
            continue
        arns = {each["Endpoint"]: each["SubscriptionArn"] for each in found if each["Protocol"] == "email"}
        for address in addresses:
            if arns and address not in arns:
                found_now = f"{address} is not subscribed, and {' and '.join(sorted(arns))} is"
                yield not_yet(name, found_now, "A deploy subscribes it", here.assembly.deploy)
            else:
                yield _subscription(here, name, address, arns.get(address), topic)


def _subscription(here: Account, name: str, address: str, arn: str | None, topic: str) -> CheckResult:
    meaning = "No alarm of this topic is mailed there"
    again = (
        f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {address} "
        f"--region {here.region}"
    )
    if arn is None:
        return failed(name, f"{address} is not subscribed: SNS forgets what is not confirmed", meaning, again)
    if arn == _PENDING:
        follow = "follow the link in the mail `AWS Notification - Subscription Confirmation`; for a new one"
        return failed(name, f"{address} has not confirmed", meaning, f"{follow}, {again}")
    return ok(name, f"{address} is confirmed")


def secrets(here: Account) -> Iterator[CheckResult]:
    """Check that the secrets were stored: CloudFormation generates their first version, which opens nothing.

    No secret is read. One that was never stored has no previous version (Secrets Manager, "What's in a secret?").
    """
    for name, output, state, meaning in (
        (
            "CRM token",
            Output.CRM_TOKEN_SECRET_ARN,
            CheckState.FAILED,
            "The CRM refuses every call, and its messages wait",
        ),
        (
            "Slack webhook",
            Output.SLACK_WEBHOOK_SECRET_ARN,
            CheckState.WARNING,
            "Alerts are mailed, and Slack gets no card",
        ),
    ):
        arn = here.output(output)
        if not arn:
            yield not_yet(f"secret: {name}")
            continue
        yield _secret(here, f"secret: {name}", arn, state, meaning)


def _secret(here: Account, name: str, arn: str, state: CheckState, meaning: str) -> CheckResult:
    try:
        found = here.read("secretsmanager:DescribeSecret", SecretId=arn)
    except AbsentError:
        remedy = here.assembly.restore
        return CheckResult(check=name, state=state, found="it does not exist", meaning=meaning, remedy=remedy)
    if found.get("DeletedDate"):
        remedy = f"aws secretsmanager restore-secret --secret-id {arn} --region {here.region}"
        return CheckResult(check=name, state=state, found="it is about to be deleted", meaning=meaning, remedy=remedy)
    if len(found.get("VersionIdsToStages", {})) > 1:
        return ok(name, "stored")
    remedy = f"aws secretsmanager put-secret-value --secret-id {arn} --secret-string file://FILE --region {here.region}"
    return CheckResult(check=name, state=state, found="only the generated value", meaning=meaning, remedy=remedy)
