"""The lock of what the functions import of others, and which of its packages stand in a layer of their own."""

import re
from collections.abc import Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError

LOCK = "requirements-layer.txt"

TEXTS = frozenset({"jinja2", "markupsafe", "tzdata"})
"""Templates and time zones, a sixth of all packages zipped: carried by the functions that write to people alone."""


def dependencies_of(root: Path) -> Mapping[str, str]:
    """The requirements that every function carries, with their hashes, by the packages' names."""
    return {name: requirement for name, requirement in requirements_in(root / LOCK).items() if name not in TEXTS}


def texts_of(root: Path) -> Mapping[str, str]:
    """Those of functions that write to people, likewise.

    Raises:
        CannotSynthesizeError: the lock lacks one of them.
    """
    locked = requirements_in(root / LOCK)
    missing = sorted(TEXTS - locked.keys())
    if missing:
        raise CannotSynthesizeError(
            f"{LOCK} has no {missing[0]}, which functions that write to people are to carry: "
            f"lock it by {LOCK.replace('.txt', '.in')}, or take it out of TEXTS in {__name__}"
        )
    return {name: locked[name] for name in sorted(TEXTS)}


def requirements_in(lock: Path) -> Mapping[str, str]:
    """All requirements of a lock, with their hashes, by the packages' names.

    Each begins with its package's name at the start of a line; its hashes and comments are indented below. Above the
    first it says how the lock was made.
    """
    _, *entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)
    return {re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0]: entry for entry in entries}
