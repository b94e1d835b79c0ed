"""Who tells people: what starts it, what it is told, what it may do."""

import pytest

from schemas.names import MonitoringOutput, dashboard_name
from schemas.notifier_environment import NotifierEnvironment
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource, variables
from tests.infrastructure.monitoring.alarming import alerts_queue, notifier_topic, starter


@pytest.fixture(params=["dev", "staging", "prod"])
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def webhook(deployment: Deployment) -> Resource:
    return deployment.output(deployment.monitoring, MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN)


def schedule(deployment: Deployment) -> Resource:
    (found,) = (
        each for each in deployment.resources("AWS::Scheduler::Schedule") if each.stack == deployment.monitoring
    )
    return found


def test_it_is_started_each_minute(deployed: Deployment) -> None:
    started = schedule(deployed)

    assert started.properties["ScheduleExpression"] == "rate(1 minute)"
    assert started.properties.get("State", "ENABLED") == "ENABLED"
    assert deployed.follow(started.stack, started.properties["Target"]["Arn"]) == deployed.notifier
    assert deployed.follow(started.stack, started.properties["Target"]["RoleArn"]) == starter(deployed)


def test_its_schedule_stands_where_no_function_may_change_it(deployed: Deployment) -> None:
    """Functions may change what stands in the stage's own group."""
    assert "GroupName" not in schedule(deployed).properties


def test_a_run_that_cannot_be_started_or_fails_is_left_to_the_next_minute(deployed: Deployment) -> None:
    (invocation,) = deployed.resources("AWS::Lambda::EventInvokeConfig")

    retry = schedule(deployed).properties["Target"]["RetryPolicy"]
    assert retry == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert deployed.follow(invocation.stack, invocation.properties["FunctionName"]) == deployed.notifier
    assert invocation.properties["MaximumRetryAttempts"] == 0
    assert invocation.properties["MaximumEventAgeInSeconds"] == 60


def test_the_role_that_starts_it_may_do_nothing_else_and_is_lent_to_this_account_alone(deployment: Deployment) -> None:
    role = starter(deployment)
    (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]

    invoke = "lambda:InvokeFunction"
    assert deployment.grants_of(role) == {(invoke, str(deployment.notifier)), (invoke, ":$LATEST")}
    condition = statement["Condition"]["StringEquals"]
    assert condition["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert condition["aws:SourceArn"]["Fn::Join"][1][-1] == ":schedule-group/default"


def test_it_is_over_before_the_next_one_starts_in_every_stage(deployment: Deployment) -> None:
    assert deployment.notifier.properties["Timeout"] == 50


def test_it_is_handled_by_its_folders_handler(deployment: Deployment) -> None:
    assert deployment.notifier.properties["Handler"] == "lambdas.slack_notifier.handler.handler"


def test_it_is_told_where_to_look_and_where_to_post(deployment: Deployment) -> None:
    told = variables(deployment.notifier)

    resources = {name: told.pop(name) for name in ("ALERTS_QUEUE_URL", "SLACK_WEBHOOK_SECRET_ARN", "EMAIL_TOPIC_ARN")}
    assert {name: deployment.follow(deployment.monitoring, value) for name, value in resources.items()} == {
        "ALERTS_QUEUE_URL": alerts_queue(deployment),
        "SLACK_WEBHOOK_SECRET_ARN": webhook(deployment),
        "EMAIL_TOPIC_ARN": notifier_topic(deployment),
    }
    told.pop("SLACK_MAY_BE_LOCAL", None)
    assert told == {
        "STAGE": deployment.stage.name,
        "DASHBOARD_NAME": dashboard_name(deployment.stage.name),
        "RUNBOOK_URL": deployment.stage.runbook_url,
    }


def test_every_variable_is_one_that_it_reads(deployment: Deployment) -> None:
    assert variables(deployment.notifier).keys() <= {name.upper() for name in NotifierEnvironment._fields}


def test_slack_may_be_on_this_machine_on_the_emulator_alone(deployment: Deployment) -> None:
    assert ("SLACK_MAY_BE_LOCAL" in variables(deployment.notifier)) is deployment.stage.emulated


def test_the_secret_says_what_to_put_there_and_holds_no_url_until_then(deployment: Deployment) -> None:
    properties = webhook(deployment).properties

    assert properties["GenerateSecretString"] == {}
    assert deployment.stage.slack_channel in properties["Description"]
    assert "https://hooks.slack.com/" in properties["Description"]


def test_people_are_told_where_the_webhooks_url_belongs(deployment: Deployment) -> None:
    (_, [posts, secret, until]) = deployment.templates[deployment.monitoring]["Outputs"][MonitoringOutput.SLACK][
        "Value"
    ]["Fn::Join"]

    assert posts == f"posts to {deployment.stage.slack_channel} once the URL of its incoming webhook is put into "
    assert deployment.follow(deployment.monitoring, secret) == webhook(deployment)
    assert until == f"; until then email to {deployment.stage.alert_email} carries everything"
