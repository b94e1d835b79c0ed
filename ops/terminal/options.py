"""Options that commands have in common, as the AWS CLI has them."""

import os
import re
from collections.abc import Iterable
from typing import Annotated

import typer

from ops.terminal.completion import profiles, regions
from schemas.names import QUEUE_PROCESSOR, STAGES

_AS_TYPED = re.compile("[A-Za-z0-9_.,@%+/-]+")
"""Texts that mean themselves on the line of every shell, without quotes."""


def starting_with(names: Iterable[str], incomplete: str) -> list[str]:
    """Names that begin with what was typed."""
    return [name for name in names if name.startswith(incomplete)]


def complete_service(incomplete: str) -> list[tuple[str, str]]:
    """Types, and the ingress's function, that begin so; each with what it is."""
    from schemas.catalogue import BY_NAME  # noqa: PLC0415 it builds every contract, and this is called at a TAB alone

    said = {name: (event_type.payload.__doc__ or "").partition("\n")[0] for name, event_type in BY_NAME.items()}
    said[QUEUE_PROCESSOR] = "What the ingress refused."
    return [(name, said[name].partition(". ")[0].removesuffix(".")) for name in starting_with(said, incomplete)]


def complete_type(incomplete: str) -> list[tuple[str, str]]:
    """Types that begin so; each with what it is."""
    return [each for each in complete_service(incomplete) if each[0] != QUEUE_PROCESSOR]


def _complete_stage(incomplete: str) -> list[str]:
    return starting_with(STAGES, incomplete)


def _complete_profile(incomplete: str) -> list[str]:
    return [name for name in starting_with(profiles(os.environ), incomplete) if _AS_TYPED.fullmatch(name)]


def _complete_region(incomplete: str) -> list[tuple[str, str]]:
    known = regions()
    return [(name, known[name]) for name in starting_with(known, incomplete)]


Stage = Annotated[
    str,
    typer.Option(
        envvar="TALY_STAGE",
        autocompletion=_complete_stage,
        help="The stage; `local` is the one that `make up` started.",
    ),
]

Profile = Annotated[
    str | None,
    typer.Option(envvar="AWS_PROFILE", autocompletion=_complete_profile, help="The AWS profile to use."),
]

Region = Annotated[
    str | None,
    typer.Option(autocompletion=_complete_region, help="The AWS region, where the profile's is another one."),
]

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for pipes.")]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
