"""Options that commands have in common, as the AWS CLI has them."""

from typing import Annotated

import typer

from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, STAGES


def _of(names: tuple[str, ...], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def complete_service(incomplete: str) -> list[str]:
    """Types, and the ingress's function, that begin so."""
    return _of((*BY_NAME, QUEUE_PROCESSOR), incomplete)


def _complete_stage(incomplete: str) -> list[str]:
    return _of(STAGES, incomplete)


Stage = Annotated[
    str,
    typer.Option(
        envvar="TALY_STAGE",
        autocompletion=_complete_stage,
        help="The stage; `local` is the one that `make up` started.",
    ),
]
Profile = Annotated[str | None, typer.Option(envvar="AWS_PROFILE", help="The AWS profile to use.")]
Region = Annotated[str | None, typer.Option(help="The AWS region, where the profile's is another one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for pipes.")]
Service = Annotated[
    str,
    typer.Argument(
        metavar="TYPE",
        autocompletion=complete_service,
        help="A type, such as email.send, or queue_processor for what the ingress refused.",
    ),
]
