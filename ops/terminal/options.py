"""Options and completions that several commands have in common."""

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from schemas.names import QUEUE_PROCESSOR

_AS_TYPED = re.compile("[A-Za-z0-9_.,@%+/-]+")
"""Texts that every shell takes literally, without quotes."""


def starting_with(names: Iterable[str], incomplete: str) -> list[str]:
    """Names that begin with what was typed."""
    return [name for name in names if name.startswith(incomplete)]


def as_typed(names: Iterable[str]) -> list[str]:
    """Names that can be completed, because no shell reads anything else into them."""
    return [name for name in names if _AS_TYPED.fullmatch(name)]


def complete_service(incomplete: str) -> list[tuple[str, str]]:
    """Types and the ingress's function that begin with what was typed, each with a description."""
    from schemas.catalogue import BY_NAME  # noqa: PLC0415 it builds every contract, which completion alone needs

    summaries = {name: (event_type.payload.__doc__ or "").partition("\n")[0] for name, event_type in BY_NAME.items()}
    summaries[QUEUE_PROCESSOR] = "What the ingress refused."
    return [
        (name, summaries[name].partition(". ")[0].removesuffix(".")) for name in starting_with(summaries, incomplete)
    ]


def complete_type(incomplete: str) -> list[tuple[str, str]]:
    """Types that begin with what was typed, each with a description."""
    return [each for each in complete_service(incomplete) if each[0] != QUEUE_PROCESSOR]


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
