"""Compares a synthesized stage with AWS's limits."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas.names import MESSAGING, MONITORING, PROCESSING, stack_name
from stacks.errors import CannotSynthesizeError
from stacks.limits.limit import Use
from stacks.limits.measures import uses


def stage_uses(folder: Path, stage: str) -> Iterator[Use]:
    """Yield what a stage uses of each limit.

    Args:
        folder: the cloud assembly, with those templates that were synthesized.
        stage: the stage's name.
    """
    for part in (MESSAGING, PROCESSING, MONITORING):
        name = stack_name(stage, part)
        template = folder / f"{name}.template.json"
        if template.exists():
            yield from uses(name, template.read_text())


def check_limits(used: Iterable[Use], *, types: int) -> list[str]:
    """Check that AWS takes what was synthesized.

    Args:
        used: what the stage uses of each limit.
        types: the number of types in the catalogue.

    Returns:
        A sentence for each quota that must be raised before the stage is deployed, the most exceeded first.

    Raises:
        CannotSynthesizeError: a limit that cannot be raised is exceeded; the sentence says which one comes first.
    """
    ordered = sorted(used, key=lambda use: use.share, reverse=True)
    if ordered and ordered[0].share > 1:
        raise CannotSynthesizeError(ordered[0].sentence(types))
    return [use.sentence(types) for use in ordered if use.needs_request]
