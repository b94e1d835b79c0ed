"""The version of a function's code that runs in a stage."""

from contextlib import suppress

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from schemas.environment import fields_in
from schemas.names import resource_name

_FIELD = "code_version"
"""Field of `schemas.environment.FunctionEnvironment`."""


def running_version(stage: DeployedStage, service: str) -> str:
    """Return the version of a service's function; empty where Lambda does not say it.

    Args:
        stage: the stage.
        service: a type, or `queue_processor`.
    """
    with suppress(AwsError), aws_failures_as_sentences():
        found = stage.client("lambda").get_function_configuration(FunctionName=resource_name(stage.name, service))
        return fields_in(found.get("Environment", {}).get("Variables", {}), (_FIELD,)).get(_FIELD, "")
    return ""
