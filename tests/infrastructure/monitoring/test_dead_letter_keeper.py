"""The dead-letter keeper: its schedule, environment variables, and what it may publish."""

import pytest

from schemas.keeper_environment import KeeperEnvironment
from schemas.names import resource_name
from stacks.monitoring.dead_letter_keeper import TIMEOUT
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, variables
from tests.infrastructure.monitoring.alarm_lookup import EACH_DAY, schedule_of, starter


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_the_keeper_starts_every_day(stage_deployment: Synthesized, stage: str) -> None:
    deployment = stage_deployment(stage)

    schedule = schedule_of(deployment, EACH_DAY)

    assert schedule.properties["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert schedule.properties.get("State", "ENABLED") == "ENABLED"
    assert deployment.follow(schedule.stack, schedule.properties["Target"]["Arn"]) == deployment.keeper
    assert deployment.follow(schedule.stack, schedule.properties["Target"]["RoleArn"]) == starter(deployment, EACH_DAY)


def test_a_keepers_run_that_does_not_start_is_tried_again_for_an_hour(prod: Deployment) -> None:
    retry = schedule_of(prod, EACH_DAY).properties["Target"]["RetryPolicy"]

    assert retry == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}


def test_a_failed_run_of_the_keeper_waits_for_the_next_day(prod: Deployment) -> None:
    (invocation,) = (
        each
        for each in prod.resources("AWS::Lambda::EventInvokeConfig")
        if prod.follow(each.stack, each.properties["FunctionName"]) == prod.keeper
    )

    assert invocation.properties["MaximumRetryAttempts"] == 0


def test_the_keeper_has_all_the_time_that_lambda_allows(deployment: Deployment) -> None:
    assert deployment.keeper.properties["Timeout"] == TIMEOUT == 900


def test_the_keepers_variables_are_stage_bus_and_code_version(deployment: Deployment) -> None:
    stage = deployment.stage.name
    set_to = variables(deployment.keeper)

    assert KeeperEnvironment.from_variables(set_to) == KeeperEnvironment(
        stage=stage, event_bus_name=resource_name(stage), code_version=set_to["CODE_VERSION"]
    )


def test_the_keeper_publishes_only_its_alert(prod: Deployment) -> None:
    role = prod.follow(prod.monitoring, prod.keeper.properties["Role"])
    (statement,) = (
        each
        for policy in prod.policies_of(role)
        for each in policy.properties["PolicyDocument"]["Statement"]
        if each["Action"] == "events:PutEvents"
    )

    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {
            "events:source": ["taly.queue-processor"],
            "events:detail-type": ["system.dead_letters_expiring"],
        }
    }
