"""The audit log of operators' actions: retention, and no access by functions."""

from schemas.names import AUDIT, resource_name
from tests.infrastructure.deployment import LOG_GROUP, Deployment, Resource, as_list, statements


def audit_log(deployment: Deployment) -> Resource:
    return deployment.named(LOG_GROUP, resource_name(deployment.stage.name, AUDIT))


def test_the_audit_log_has_the_stages_log_retention(deployment: Deployment) -> None:
    group = audit_log(deployment)

    assert group.type == "AWS::Logs::LogGroup"
    assert group.properties["RetentionInDays"] == deployment.stage.log_retention_days


def test_the_audit_log_is_retained_if_the_stage_retains(deployment: Deployment) -> None:
    policy = audit_log(deployment).definition["DeletionPolicy"]

    assert policy == ("RetainExceptOnCreate" if deployment.stage.retain else "Delete")


def test_no_function_may_write_to_the_audit_log(deployment: Deployment) -> None:
    group = audit_log(deployment)

    log_groups = [
        deployment.follow(resource.stack, target)
        for resource, statement in statements(deployment)
        if resource.type == "AWS::IAM::Policy" and "logs:PutLogEvents" in as_list(statement["Action"])
        for target in as_list(statement["Resource"])
        if isinstance(target, dict)
    ]

    assert log_groups
    assert group not in log_groups


def test_no_function_logs_to_the_audit_log(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    groups = [
        deployment.follow(each.stack, each.properties["LoggingConfig"]["LogGroup"], LOG_GROUP) for each in functions
    ]

    assert audit_log(deployment) not in groups
