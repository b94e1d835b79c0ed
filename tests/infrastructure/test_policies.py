"""Every policy of every stage: its principals, conditions, and wildcards."""

from typing import Any

from tests.infrastructure.deployment import Deployment, as_list, statements

CHANGE_SCHEDULES = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"}

WILDCARDS = {
    "kms:GenerateDataKey*": "SNS requires this pattern; the resource is one key",
    "xray:PutTraceSegments": "X-Ray knows no resources (Service Authorization Reference)",
    "xray:PutTelemetryRecords": "X-Ray knows no resources (Service Authorization Reference)",
    "ses:GetAccount": "SES knows no resource for it (Service Authorization Reference)",
    "sns:GetSMSAttributes": "SNS knows no resource for it (Service Authorization Reference)",
    "lambda:ListEventSourceMappings": "Lambda knows no resource for it (Service Authorization Reference)",
    **dict.fromkeys(
        ("lambda:ListTags", "lambda:UntagResource", "lambda:UpdateEventSourceMapping"),
        "the ARNs of mappings are random; conditions name the stage's functions or tags",
    ),
    **dict.fromkeys(
        ("ses:SendEmail", "ses:SendRawEmail"),
        "SES checks more than the sender's identity; a condition names the sender",
    ),
    "sqs:GetQueueAttributes": "the notifier counts the messages of the stage's queues",
    **dict.fromkeys(("sqs:ReceiveMessage", "sqs:GetQueueUrl"), "the notifier reads the stage's dead-letter queues"),
    **dict.fromkeys(
        ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
        "the keeper renews messages of the stage's dead-letter queues",
    ),
    "sns:Publish": "a phone number is no resource; everything with an ARN is denied",
    **dict.fromkeys(CHANGE_SCHEDULES, "schedules of the stage's group; their names are computed at run time"),
}
"""Actions that are allowed on a resource with a `*`, and the reason."""

POLICIES = {
    ("AWS::Events::EventBusPolicy", "Statement"),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    ("AWS::IAM::Policy", "PolicyDocument"),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
}
"""Properties with policies, which `statements` searches."""

NO_POLICIES = {
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", "PolicyName"),
    ("AWS::SNS::Subscription", "FilterPolicy"),
    ("AWS::SNS::Subscription", "FilterPolicyScope"),
    ("AWS::SQS::Queue", "RedrivePolicy"),
}
"""Properties with `Policy` in their name that grant nothing."""

SERVICES = {
    ("AWS::IAM::Role", "lambda.amazonaws.com"): "runs a function with its role",
    ("AWS::IAM::Role", "scheduler.amazonaws.com"): "sends due schedules; starts the notifier and the keeper",
    ("AWS::KMS::Key", "cloudwatch.amazonaws.com"): "alarms notify encrypted topics",
    ("AWS::SNS::TopicPolicy", "cloudwatch.amazonaws.com"): "alarms notify topics",
    (
        "AWS::SQS::QueuePolicy",
        "events.amazonaws.com",
    ): "rules send to their queues, and undelivered events to `undeliverable`",
    ("AWS::SQS::QueuePolicy", "sns.amazonaws.com"): "alarms to the alerts queue",
}
"""AWS services that policies name as principals, by resource type, and what for."""


def test_every_policy_in_the_templates_is_covered(deployment: Deployment) -> None:
    found = {
        (resource.type, key)
        for resource in deployment.resources()
        for key in resource.properties
        if "Polic" in key or "Permission" in key or (resource.type.endswith("Policy") and key == "Statement")
    }

    assert found <= POLICIES | NO_POLICIES
    assert [each for each in deployment.resources() if each.type.endswith(("Permission", "ResourcePolicy"))] == []


def test_only_listed_services_have_access_and_for_this_account(deployment: Deployment) -> None:
    grants = [
        (resource.type, statement["Principal"]["Service"], statement.get("Condition", {}))
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and "Service" in as_dict(statement.get("Principal"))
    ]

    assert {(kind, service) for kind, service, _ in grants} == set(SERVICES)
    for _, service, condition in grants:
        # Lambda uses a function's role for that function only, and only its deployer can set the role.
        assert service == "lambda.amazonaws.com" or "aws:Source" in str(condition)


def as_dict(principal: object) -> dict[str, Any]:
    """Treat `"*"` as no principal in particular."""
    return principal if isinstance(principal, dict) else {}


def test_only_the_key_policy_names_an_account(deployment: Deployment) -> None:
    accounts = {
        (resource.type, str(statement["Principal"]["AWS"]))
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and "AWS" in as_dict(statement.get("Principal"))
    }

    root = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}
    assert accounts == {("AWS::KMS::Key", str(root))}


def test_only_listed_actions_are_allowed_on_a_wildcard(deployment: Deployment) -> None:
    allowed = [
        statement
        for resource, statement in statements(deployment)
        # In a key's policy the resource `*` is the key; policies for people have tests of their own.
        if statement["Effect"] == "Allow" and resource.type not in {"AWS::KMS::Key", "AWS::IAM::ManagedPolicy"}
    ]

    on_wildcards = {
        action
        for statement in allowed
        for action in as_list(statement["Action"])
        if "*" in action or any("*" in str(resource) for resource in as_list(statement.get("Resource", [])))
    }

    of_emulator = {
        f"{each}Batch" for each in on_wildcards if deployment.stage.emulated
    }  # `stacks/emulator/policies.py`
    assert on_wildcards - of_emulator == set(WILDCARDS)


def test_no_policy_uses_not_action_not_resource_or_not_principal(deployment: Deployment) -> None:
    inverted = {"NotAction", "NotResource", "NotPrincipal"}

    assert [resource for resource, statement in statements(deployment) if inverted & statement.keys()] == []


def test_no_resource_is_open_to_everyone(deployment: Deployment) -> None:
    """An organisation cannot be a principal: where a stage names one, a condition restricts access to its accounts."""
    everyone: list[object] = ["*", {"AWS": "*"}]

    open_to_all = [
        resource
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and statement.get("Principal") in everyone
    ]

    assert open_to_all == []
