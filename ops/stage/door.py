"""Finding the door of a stage that messages are sent to: its ingress queue or its event bus."""

from botocore.exceptions import ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.options import Via
from publishing.doors import BusDoor, QueueDoor
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter


def open_door(stage: DeployedStage, via: Via) -> QueueDoor | BusDoor:
    """Find a door by its parameter: a producer may read the stage's parameters, but not its stacks.

    Raises:
        NotDeployedError: the stage is not deployed in this account and region.
        AwsError: the parameter could not be read.
    """
    if via is Via.BUS:
        return BusDoor(stage.client("events"), _parameter(stage, event_bus_name_parameter(stage.name)))
    return QueueDoor(stage.client("sqs"), _parameter(stage, ingress_queue_url_parameter(stage.name)))


def _parameter(stage: DeployedStage, name: str) -> str:
    ssm = stage.client("ssm")
    with aws_failures_as_sentences():
        try:
            return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
                raise
            raise stage.lacks(f"parameter {name}") from None
