"""Options that select a stage, and the door to it."""

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ops.stage.names import configured
from ops.terminal.completion import profiles, regions
from ops.terminal.options import as_typed, starting_with

if TYPE_CHECKING:
    from ops.stage.deployed import DeployedStage


class Via(StrEnum):
    """The doors that producers know."""

    SQS = "sqs"
    BUS = "bus"

    @property
    def door(self) -> str:
        """The door's name in a sentence."""
        return "ingress queue" if self is Via.SQS else "event bus"


def _complete_stage(incomplete: str) -> list[str]:
    return starting_with(configured(), incomplete)


def _complete_profile(incomplete: str) -> list[str]:
    return as_typed(starting_with(profiles(os.environ), incomplete))


def _complete_region(incomplete: str) -> list[tuple[str, str]]:
    known = regions()
    return [(name, known[name]) for name in starting_with(known, incomplete)]


Stage = Annotated[
    str,
    typer.Option(
        envvar="TALY_STAGE",
        metavar="STAGE",
        autocompletion=_complete_stage,
        help="The stage; local is the one that `make up` started.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """The stage, and the AWS profile and region to reach it with."""

    stage: Stage = "local"
    profile: Annotated[
        str | None,
        typer.Option(
            envvar="AWS_PROFILE", metavar="PROFILE", autocompletion=_complete_profile, help="The AWS profile."
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            autocompletion=_complete_region,
            help="The AWS region, if not AWS_REGION's or the profile's.",
        ),
    ] = None

    def not_in_environment(self) -> str:
        """Profile and region that only options gave, as a shell sets them: other commands need them, too."""
        given = {"AWS_PROFILE": self.profile, "AWS_REGION": self.region}
        return " ".join(f"{name}={value}" for name, value in given.items() if value and os.environ.get(name) != value)

    def find(self) -> "DeployedStage":
        """Find the deployed stage.

        Raises:
            OperatorError: no stage can have this name.
        """
        from ops.stage.deployed import deployed  # noqa: PLC0415 boto3 takes too long for --help and for completion

        return deployed(self.stage, profile=self.profile, region=self.region)
