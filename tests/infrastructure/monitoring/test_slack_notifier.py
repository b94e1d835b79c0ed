"""The Slack notifier: its schedule, environment variables, permissions and webhook secret."""

from dataclasses import replace

import pytest

from schemas.catalogue import CATALOGUE
from schemas.names import IDEMPOTENCY, QUEUE_PROCESSOR, Output, dashboard_name, resource_name
from schemas.notifier_environment import NotifierEnvironment
from schemas.pauses import SUBJECT_TAG
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource, variables
from tests.infrastructure.monitoring.alarm_lookup import (
    EACH_MINUTE,
    alerts_queue,
    notifier_topic,
    queue_of,
    schedule_of,
    starter,
)
from tests.security.evaluator import PolicyCheck, plain, verdicts


@pytest.fixture(params=["dev", "staging", "prod"])
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def webhook(deployment: Deployment) -> Resource:
    return deployment.output(deployment.monitoring, Output.SLACK_WEBHOOK_SECRET_ARN)


def schedule(deployment: Deployment) -> Resource:
    return schedule_of(deployment, EACH_MINUTE)


def test_the_notifier_starts_every_minute(deployed: Deployment) -> None:
    started = schedule(deployed)

    assert started.properties["ScheduleExpression"] == "rate(1 minute)"
    assert started.properties.get("State", "ENABLED") == "ENABLED"
    assert deployed.follow(started.stack, started.properties["Target"]["Arn"]) == deployed.notifier
    assert deployed.follow(started.stack, started.properties["Target"]["RoleArn"]) == starter(deployed, EACH_MINUTE)


def test_the_notifiers_schedule_is_outside_the_stages_group(deployed: Deployment) -> None:
    """Functions may update and delete schedules in the stage's group."""
    assert "GroupName" not in schedule(deployed).properties


def test_a_failed_start_or_run_of_the_notifier_is_not_retried(deployed: Deployment) -> None:
    (invocation,) = (
        each
        for each in deployed.resources("AWS::Lambda::EventInvokeConfig")
        if deployed.follow(each.stack, each.properties["FunctionName"]) == deployed.notifier
    )

    retry = schedule(deployed).properties["Target"]["RetryPolicy"]
    assert retry == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert invocation.properties["MaximumRetryAttempts"] == 0
    assert invocation.properties["MaximumEventAgeInSeconds"] == 60


def test_the_starting_role_may_only_invoke_the_notifier(deployment: Deployment) -> None:
    role = starter(deployment, EACH_MINUTE)
    (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]

    invoke = "lambda:InvokeFunction"
    assert deployment.grants_of(role) == {(invoke, str(deployment.notifier)), (invoke, ":$LATEST")}
    condition = statement["Condition"]["StringEquals"]
    assert condition["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert condition["aws:SourceArn"]["Fn::Join"][1][-1] == ":schedule-group/default"


def test_a_run_of_the_notifier_ends_before_the_next_one_starts(deployment: Deployment) -> None:
    assert deployment.notifier.properties["Timeout"] == 50


def test_the_notifier_runs_its_folders_handler(deployment: Deployment) -> None:
    assert deployment.notifier.properties["Handler"] == "lambdas.slack_notifier.handler.handler"


def test_the_notifiers_variables_are_its_queue_secret_topic_and_links(deployment: Deployment) -> None:
    names = variables(deployment.notifier)

    keys = ("ALERTS_QUEUE_URL", "SLACK_WEBHOOK_SECRET_ARN", "EMAIL_TOPIC_ARN", "CAUSES_TABLE_NAME")
    resources = {name: names.pop(name) for name in keys}
    assert {name: deployment.follow(deployment.monitoring, value) for name, value in resources.items()} == {
        "ALERTS_QUEUE_URL": alerts_queue(deployment),
        "SLACK_WEBHOOK_SECRET_ARN": webhook(deployment),
        "EMAIL_TOPIC_ARN": notifier_topic(deployment),
        "CAUSES_TABLE_NAME": deployment.causes,
    }
    names.pop("SLACK_ALLOW_LOCAL", None)
    names.pop("CODE_VERSION")
    assert names == {
        "STAGE": deployment.stage.name,
        "IDEMPOTENCY_TABLE_NAME": resource_name(deployment.stage.name, IDEMPOTENCY),
        "DASHBOARD_NAME": dashboard_name(deployment.stage.name),
        "RUNBOOK_URL": deployment.stage.runbook_url,
    }


def test_the_notifier_knows_the_queue_of_every_type_and_of_the_ingress(deployment: Deployment) -> None:
    alerts = f"https://sqs.test/1/{alerts_queue(deployment).properties['QueueName']}"
    environment = NotifierEnvironment.from_variables(variables(deployment.notifier) | {"ALERTS_QUEUE_URL": alerts})

    for name in (QUEUE_PROCESSOR, *(each.name for each in CATALOGUE)):
        queue = queue_of(deployment, name).properties["QueueName"]
        assert environment.queue_url(name) == f"https://sqs.test/1/{queue}"


def test_the_notifier_reads_every_variable_that_it_gets(deployment: Deployment) -> None:
    assert variables(deployment.notifier).keys() <= {name.upper() for name in NotifierEnvironment._fields}


def test_only_the_emulated_stage_allows_a_local_slack(deployment: Deployment) -> None:
    assert ("SLACK_ALLOW_LOCAL" in variables(deployment.notifier)) is deployment.stage.emulated


def test_the_webhook_secret_describes_its_content_and_has_no_url(deployment: Deployment) -> None:
    properties = webhook(deployment).properties

    assert properties["GenerateSecretString"] == {}
    assert deployment.stage.slack_channel in properties["Description"]
    assert "https://hooks.slack.com/" in properties["Description"]


def test_the_slack_output_says_where_to_store_the_webhook_url(deployment: Deployment) -> None:
    (_, [before, secret, after]) = deployment.templates[deployment.monitoring]["Outputs"][Output.SLACK]["Value"][
        "Fn::Join"
    ]

    assert before == f"posts to {deployment.stage.slack_channel} once the webhook URL is stored in "
    assert deployment.follow(deployment.monitoring, secret) == webhook(deployment)
    assert after == f"; until then all alerts go by email to {deployment.stage.alert_email}"


def mapping_check(action: str, **context: object) -> PolicyCheck:
    """A check whether prod's notifier may do this on a mapping."""
    return PolicyCheck(
        statements=(),
        principal="arn:aws:sts::999999999999:assumed-role/notifier/function",
        action=f"lambda:{action}",
        resource="arn:aws:lambda:eu-central-1:999999999999:event-source-mapping:0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
        context=context,
    )


def of_stage(name: str) -> dict[str, object]:
    return {"aws:resourcetag/application": "taly-async", "aws:resourcetag/stage": name}


def function_arn(name: str) -> dict[str, object]:
    return {"lambda:functionarn": f"arn:aws:lambda:eu-central-1:999999999999:function:{name}"}


def verdict(deployment: Deployment, check: PolicyCheck) -> str:
    role = deployment.follow(deployment.monitoring, deployment.notifier.properties["Role"])
    statements = [
        statement
        for policy in deployment.policies_of(role)
        for statement in plain(policy.properties["PolicyDocument"]["Statement"])
    ]
    (found,) = verdicts([replace(check, statements=statements)])
    return found


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (mapping_check("UpdateEventSourceMapping", **function_arn("taly-async-prod-email-send")), "Allow"),
        (mapping_check("UpdateEventSourceMapping", **function_arn("taly-async-dev-email-send")), "ImplicitDeny"),
        (mapping_check("UpdateEventSourceMapping", **function_arn("billing")), "ImplicitDeny"),
        (mapping_check("UpdateEventSourceMapping"), "ImplicitDeny"),
        (mapping_check("DeleteEventSourceMapping", **function_arn("taly-async-prod-email-send")), "ImplicitDeny"),
        (mapping_check("TagResource", **of_stage("prod")), "ImplicitDeny"),
        (mapping_check("ListTags", **of_stage("prod")), "Allow"),
        (mapping_check("ListTags", **of_stage("dev")), "ImplicitDeny"),
        (mapping_check("UntagResource", **of_stage("prod"), **{"aws:tagkeys": [SUBJECT_TAG]}), "Allow"),
        (mapping_check("UntagResource", **of_stage("prod"), **{"aws:tagkeys": [SUBJECT_TAG, "stage"]}), "ImplicitDeny"),
        (mapping_check("UntagResource", **of_stage("dev"), **{"aws:tagkeys": [SUBJECT_TAG]}), "ImplicitDeny"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.action,
)
def test_the_notifier_ends_pauses_of_its_stage_alone(prod: Deployment, check: PolicyCheck, expected: str) -> None:
    assert verdict(prod, check) == expected
