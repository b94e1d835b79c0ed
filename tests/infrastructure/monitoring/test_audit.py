"""The audit log: where it stands what people did to which message."""

from schemas.names import MonitoringOutput
from tests.infrastructure.deployment import Deployment, Resource, as_list, statements


def audit_log(deployment: Deployment) -> Resource:
    return deployment.output(deployment.monitoring, MonitoringOutput.AUDIT_LOG_GROUP_NAME)


def test_it_is_kept_as_long_as_the_stage_keeps_logs(deployment: Deployment) -> None:
    group = audit_log(deployment)

    assert group.type == "AWS::Logs::LogGroup"
    assert group.properties["RetentionInDays"] == deployment.stage.log_retention_days


def test_it_outlives_its_stack_where_the_stage_retains(deployment: Deployment) -> None:
    policy = audit_log(deployment).definition["DeletionPolicy"]

    assert policy == ("RetainExceptOnCreate" if deployment.stage.retain else "Delete")


def test_no_function_writes_there(deployment: Deployment) -> None:
    group = audit_log(deployment)

    written = [
        deployment.follow(resource.stack, target)
        for resource, statement in statements(deployment)
        if "logs:PutLogEvents" in as_list(statement["Action"])
        for target in as_list(statement["Resource"])
        if isinstance(target, dict)
    ]

    assert written
    assert group not in written


def test_no_function_has_it_for_its_own_log(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    groups = [deployment.follow(each.stack, each.properties["LoggingConfig"]["LogGroup"]) for each in functions]

    assert audit_log(deployment) not in groups
