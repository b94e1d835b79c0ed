"""Every policy of every stage: whom it lets in, on which condition, and on nothing that is wider than it must be."""

from typing import Any

from tests.infrastructure.deployment import Deployment, as_list, statements

CHANGE_SCHEDULES = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"}

WILDCARDS = {
    "kms:GenerateDataKey*": "SNS asks for it in these words; the resource is one key",
    "xray:PutTraceSegments": "X-Ray knows no resources (Service Authorization Reference)",
    "xray:PutTelemetryRecords": "likewise",
    "sns:Publish": "a phone number is no resource; what has an ARN is denied",
    **dict.fromkeys(CHANGE_SCHEDULES, "schedules of our own group, whose names the business makes"),
}
"""Actions that are allowed on a resource with a `*` in it, each with its reason."""

EMULATED_WILDCARDS = dict.fromkeys(("ses:SendEmail", "ses:SendRawEmail"), "the emulator does not tell senders apart")
"""Likewise, in the stage that is emulated."""

POLICIES = {
    ("AWS::Events::EventBusPolicy", "Statement"),
    ("AWS::IAM::Policy", "PolicyDocument"),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
}
"""Where policies stand in the templates: what `statements` walks through."""

NO_POLICIES = {("AWS::IAM::Policy", "PolicyName"), ("AWS::SQS::Queue", "RedrivePolicy")}
"""What has a policy's name and allows nobody anything."""

SERVICES = {
    ("AWS::IAM::Role", "lambda.amazonaws.com"): "runs a function as its role",
    ("AWS::IAM::Role", "scheduler.amazonaws.com"): "sends what is due; starts the notifier",
    ("AWS::KMS::Key", "cloudwatch.amazonaws.com"): "alarms to encrypted topics",
    ("AWS::SNS::TopicPolicy", "cloudwatch.amazonaws.com"): "alarms",
    ("AWS::SQS::QueuePolicy", "events.amazonaws.com"): "rules to their queues, and what the bus could not deliver",
    ("AWS::SQS::QueuePolicy", "sns.amazonaws.com"): "alarms to the alerts queue",
}
"""The services of AWS that are let in, by where, with what for."""


def test_no_policy_is_overlooked(deployment: Deployment) -> None:
    found = {
        (resource.type, key)
        for resource in deployment.resources()
        for key in resource.properties
        if "Polic" in key or "Permission" in key or (resource.type.endswith("Policy") and key == "Statement")
    }

    assert found <= POLICIES | NO_POLICIES
    assert [each for each in deployment.resources() if each.type.endswith(("Permission", "ResourcePolicy"))] == []


def test_services_are_let_in_where_they_are_needed_and_for_this_account_alone(deployment: Deployment) -> None:
    let_in = [
        (resource.type, statement["Principal"]["Service"], statement.get("Condition", {}))
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and "Service" in as_dict(statement.get("Principal"))
    ]

    assert {(kind, service) for kind, service, _ in let_in} == set(SERVICES)
    for _, service, condition in let_in:
        # Lambda takes a function's role for that function alone, which nobody but its deployer can name there.
        assert service == "lambda.amazonaws.com" or "aws:Source" in str(condition)


def as_dict(principal: object) -> dict[str, Any]:
    """`"*"` names nobody in particular."""
    return principal if isinstance(principal, dict) else {}


def test_nobody_else_is_let_in_but_the_keys_own_account(deployment: Deployment) -> None:
    let_in = {
        (resource.type, str(statement["Principal"]["AWS"]))
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and "AWS" in as_dict(statement.get("Principal"))
    }

    root = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}
    assert let_in == {("AWS::KMS::Key", str(root))}


def test_nothing_is_allowed_on_a_wildcard_but_what_is_listed(deployment: Deployment) -> None:
    allowed = [
        statement
        for resource, statement in statements(deployment)
        # In a key's own policy the resource is the key.
        if statement["Effect"] == "Allow" and resource.type != "AWS::KMS::Key"
    ]

    on_wildcards = {
        action
        for statement in allowed
        for action in as_list(statement["Action"])
        if "*" in action or any("*" in str(resource) for resource in as_list(statement.get("Resource", [])))
    }

    assert on_wildcards == set(WILDCARDS | (EMULATED_WILDCARDS if deployment.stage.emulated else {}))


def test_no_policy_allows_everything_but_something(deployment: Deployment) -> None:
    inverted = {"NotAction", "NotResource", "NotPrincipal"}

    assert [resource for resource, statement in statements(deployment) if inverted & statement.keys()] == []


def test_no_resource_is_open_to_everyone(deployment: Deployment) -> None:
    """An organisation is no principal: where a stage names one, its accounts alone are let in by a condition."""
    everyone: list[object] = ["*", {"AWS": "*"}]

    open_to_all = [
        resource
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and statement.get("Principal") in everyone
    ]

    assert open_to_all == []
