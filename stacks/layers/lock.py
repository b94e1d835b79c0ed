"""Reads the lock of the functions' third-party packages and divides it between two layers."""

import re
from collections.abc import Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError

LOCK = "requirements-layer.txt"

TEXTS = frozenset({"babel", "icalendar", "jinja2", "markupsafe", "python-dateutil", "six", "tzdata"})
"""Packages of the texts layer: templates, formats of languages, time zones and calendar files.

Only functions that write texts for customers (`Needs.TEXTS`) carry it.
"""


def base_requirements(root: Path) -> Mapping[str, str]:
    """Return the requirements that every function carries, with hashes, by package name."""
    return {name: requirement for name, requirement in requirements_in(root / LOCK).items() if name not in TEXTS}


def texts_requirements(root: Path) -> Mapping[str, str]:
    """Return the requirements of the texts layer, with hashes, by package name.

    Raises:
        CannotSynthesizeError: the lock lacks a package of `TEXTS`.
    """
    locked = requirements_in(root / LOCK)
    missing = sorted(TEXTS - locked.keys())
    if missing:
        raise CannotSynthesizeError(
            f"{LOCK} has no {missing[0]}, which the texts layer needs: "
            f"lock it by {LOCK.replace('.txt', '.in')}, or take it out of TEXTS in {__name__}"
        )
    return {name: locked[name] for name in sorted(TEXTS)}


def requirements_in(lock: Path) -> Mapping[str, str]:
    """Parse a lock: all requirements with their hashes, by package name.

    A requirement begins with the package's name at the start of a line; hashes and comments are indented below it. A
    comment above the first requirement says how the lock was written.
    """
    _, *entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)
    return {re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0]: entry for entry in entries}
