"""Finding a stage's doors: by its parameters in any account, or those of the stage that `make up` left running."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import ClientError

from ops.stage.aws_errors import NOT_AWS, aws_failures_as_sentences
from ops.stage.endpoint import Endpoint
from ops.stage.local import Running
from ops.stage.via import Via
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from publishing.doors import BusDoor, QueueDoor
from schemas.names import STAGES, event_bus_name_parameter, ingress_queue_url_parameter

_LOCAL = "local"
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})


@dataclass(frozen=True, kw_only=True)
class StageDoors:
    """Where the doors of stages are looked for."""

    environment: Mapping[str, str]
    """The process's: whether it names an endpoint. Credentials and region are boto3's to find."""

    running: Callable[[], Running | None]
    """What is known of a stage that runs on this machine."""

    def open(
        self, via: Via, stage: str, *, profile: str | None = None, region: str | None = None
    ) -> QueueDoor | BusDoor:
        """The door of a stage.

        Args:
            via: which.
            stage: its name.
            profile: of the AWS configuration; None: as boto3 finds it.
            region: likewise.

        Raises:
            OperatorError: there is no such stage, or none is running.
            AwsError: its parameter could not be read.
        """
        if stage not in STAGES:
            raise OperatorError(f"there is no stage {stage!r}: the stages are {', '.join(STAGES)}")
        if stage == _LOCAL and not self.environment.get("AWS_ENDPOINT_URL"):
            return self._local(via)
        return _deployed(via, stage, profile, region)

    def _local(self, via: Via) -> QueueDoor | BusDoor:
        running = self.running()
        if running is None:
            raise OperatorError(
                "no local stage is running: start one with `make up`, or set AWS_ENDPOINT_URL to where one is"
            )
        endpoint = Endpoint(running.endpoint_url)
        if via is Via.BUS:
            return BusDoor(endpoint.events, running.event_bus_name)
        return QueueDoor(endpoint.sqs, running.ingress_queue_url)


def _deployed(via: Via, stage: str, profile: str | None, region: str | None) -> QueueDoor | BusDoor:
    with aws_failures_as_sentences():
        try:
            session = Session(profile_name=profile, region_name=region)
            door = BusDoor if via is Via.BUS else QueueDoor
            return door.of_stage(stage, session, config=_CONFIG)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
                raise
            name = event_bus_name_parameter(stage) if via is Via.BUS else ingress_queue_url_parameter(stage)
            raise OperatorError(
                f"stage {stage} is not deployed here: {session.region_name} of this account has no parameter {name}. "
                "Check AWS_PROFILE and the region"
            ) from None
        except KeyError:  # boto3 lets any page pass for an answer
            raise OperatorError(NOT_AWS) from None
        except ValueError as error:  # boto3's own for an AWS_ENDPOINT_URL that is no URL
            raise OperatorError(f"AWS cannot be called: {printable(str(error))}") from None
