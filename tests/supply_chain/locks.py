"""The lock files, parsed: uv's for Python, npm's for the rest."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from app import ROOT

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^ ]+)(?: ; (?P<marker>[^\\]+))? \\\n", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
_VIA = re.compile(r"^    #(?: via|  )(.*)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")

LAYER = "requirements-layer.txt"
PYTHON = (LAYER, "requirements.txt", "requirements-dev.txt", "requirements-emulator.txt", "requirements-fuzz.txt")
NPM = "package-lock.json"


@dataclass(frozen=True, slots=True)
class Locked:
    """One version of a Python package. A lock may have two versions of a package, for different Pythons."""

    name: NormalizedName
    version: str
    hashes: tuple[str, ...]
    """SHA-256, hexadecimal, of every file of the version: wheels for all platforms, and the source."""

    asked_by: frozenset[str]
    """The sources (`requirements….in`) that list it."""

    needed_by: frozenset[NormalizedName]
    """The packages in the same lock that depend on it."""


def locked(lock: Path) -> list[Locked]:
    """The packages of a uv lock, in its order."""
    text = lock.read_text()
    entries = [*_ENTRY.finditer(text)]
    ends = [*(entry.start() for entry in entries[1:]), len(text)]
    return [_locked(entry, text[entry.end() : end]) for entry, end in zip(entries, ends, strict=True)]


def _locked(entry: re.Match[str], comments: str) -> Locked:
    via = [reason for line in _VIA.findall(comments) if (reason := line.strip())]
    return Locked(
        canonicalize_name(entry["name"]),
        entry["version"],
        tuple(_HASH.findall(comments)),
        frozenset(reason.removeprefix("-r ") for reason in via if reason.startswith("-r ")),
        frozenset(canonicalize_name(reason) for reason in via if not reason.startswith("-")),
    )


def everything() -> dict[str, list[Locked]]:
    """The packages of all Python locks, by the lock's name."""
    return {name: locked(ROOT / name) for name in PYTHON}


def asked_in(source: Path) -> set[NormalizedName]:
    """The packages listed in a source (`requirements….in`)."""
    lines = (line for line in source.read_text().splitlines() if line and line[0] not in "#-")
    return {canonicalize_name(found[0]) for line in lines if (found := _NAME.match(line))}


@dataclass(frozen=True, slots=True)
class NpmLocked:
    """One npm package as installed in node_modules."""

    path: str
    name: str
    version: str
    integrity: str
    """`sha512-` and the base64 digest of its archive."""

    licence: str
    needs: tuple[str, ...]
    """Paths of its dependencies."""

    is_asked_for: bool
    """Whether package.json lists it."""


def npm_locked(lock: Path) -> list[NpmLocked]:
    """The packages of an npm lock."""
    packages = json.loads(lock.read_text())["packages"]
    root = packages.pop("")
    asked = {f"node_modules/{name}" for name in chain(root["dependencies"], root["devDependencies"])}
    return [
        NpmLocked(
            path,
            path.rpartition("node_modules/")[2],
            entry["version"],
            entry["integrity"],
            entry["license"],
            tuple(_needs(path, entry, packages)),
            path in asked,
        )
        for path, entry in packages.items()
    ]


def _needs(path: str, entry: Mapping[str, Mapping[str, str]], packages: Mapping[str, object]) -> Iterator[str]:
    """The paths of a package's dependencies: Node looks beside the importing package, then in each folder above."""
    for name in chain(entry.get("dependencies", {}), entry.get("optionalDependencies", {})):
        folder: str | None = path
        while folder is not None:
            found = f"{folder}/node_modules/{name}".lstrip("/")
            if found in packages:
                yield found
                break
            folder = folder.rpartition("/")[0] if folder else None
