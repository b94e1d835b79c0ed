"""Renovate updates every lock, and its rules name only existing packages."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app import ROOT


def renovate() -> Mapping[str, Any]:
    return dict(json.loads((ROOT / "renovate.json").read_text()))


LOCKS = sorted(ROOT.glob("requirements*.txt"))
KNOWN_OPTION = re.compile(r"--universal|--generate-hashes|--python-version=\S+|--output-file=\S+|requirements\S*\.in")
"""Renovate reads a lock's options from its heading, and skips a lock with an option that it does not know."""


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_renovate_renews_each_lock(lock: Path) -> None:
    (pattern,) = renovate()["pip-compile"]["managerFilePatterns"]
    heading = lock.read_text().splitlines()[1]

    assert re.search(pattern.strip("/"), lock.name)
    command = heading.removeprefix("#    uv pip compile ")
    assert command != heading
    assert [word for word in command.split() if not KNOWN_OPTION.fullmatch(word)] == []
    assert f"--output-file={lock.name}" in command


def test_renovate_updates_deployed_packages_together() -> None:
    (rule,) = (rule for rule in renovate()["packageRules"] if rule.get("groupName") == "layers")
    expected = (ROOT / "requirements-layer.in").read_text().splitlines()

    names = [re.split("[ <#]", line)[0] for line in expected]
    assert rule["matchPackageNames"] == [name for name in names if name]


def test_renovate_names_no_unknown_package() -> None:
    named = {name for rule in renovate()["packageRules"] for name in rule.get("matchPackageNames", ())}
    locked = "".join(path.read_text() for path in ROOT.glob("requirements*.txt"))
    known = {line.partition("==")[0] for line in locked.splitlines() if "==" in line}
    known |= set(json.loads((ROOT / "package.json").read_text())["devDependencies"])

    assert named <= known
