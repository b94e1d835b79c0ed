"""The same commit gives the same templates and assets, wherever, whenever and by whoever it is synthesized.

`test_layers.py` builds the layers twice.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from app import ROOT
from stacks.processing.function import handler_code
from tests.infrastructure.synthesis import synthesize

SYNTHESIZE = """
import json, os, sys
from pathlib import Path
from tests.supply_chain.test_reproducible import synthesized

os.umask(0o077)
print(json.dumps(synthesized(*map(Path, sys.argv[1:]))))
"""

Built = tuple[Mapping[str, Any], list[list[str]]]
"""Templates, and the asset hashes of each stack."""


def checkout(folder: Path, *, touched: float, mode: int) -> Path:
    """A copy of the functions' sources with these times and permissions."""
    for part in ("lambdas", "schemas"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        os.utime(path, (touched, touched))
        if path.is_file():
            path.chmod(mode)
    return folder


def synthesized(root: Path, folder: Path) -> Built:
    deployment = synthesize(folder, stage="prod", root=root)
    assets = [json.loads(path.read_text())["files"] for path in sorted(deployment.folder.glob("*.assets.json"))]
    return deployment.templates, [sorted(each) for each in assets]


def synthesized_elsewhere(root: Path, folder: Path, **environment: str) -> Built:
    """Synthesize in another process, with another environment."""
    run = subprocess.run(
        [sys.executable, "-c", SYNTHESIZE, root, folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    assert run.returncode == 0, run.stderr
    templates, assets = json.loads(run.stdout.splitlines()[-1])
    return templates, assets


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Built]:
    here = checkout(tmp_path_factory.mktemp("here"), touched=1_000_000_000, mode=0o644)
    there = checkout(tmp_path_factory.mktemp("there") / "elsewhere", touched=1_700_000_000, mode=0o600)
    folders = [tmp_path_factory.mktemp("out") / "cdk" for _ in range(2)]
    theirs = synthesized_elsewhere(there, folders[1], PYTHONHASHSEED="2", TZ="Asia/Tokyo", LANG="de_DE.UTF-8")
    return [synthesized(here, folders[0]), theirs]


def test_two_builds_in_different_folders_and_times_give_equal_assets(
    twice: list[Built],
) -> None:
    (_, ours), (_, theirs) = twice

    assert ours == theirs
    assert sum(map(len, ours)) > 1


def test_two_builds_give_equal_templates(twice: list[Built]) -> None:
    (ours, _), (theirs, _) = twice

    assert ours == theirs


def test_a_changed_handler_gives_another_asset(tmp_path: Path) -> None:
    here = checkout(tmp_path / "here", touched=1_000_000_000, mode=0o644)
    before = asset_of("booking_created", here, tmp_path / "before")
    with (here / "lambdas" / "booking_created" / "handler.py").open("a") as handler:
        handler.write("# changed\n")

    assert asset_of("booking_created", here, tmp_path / "after") != before


def asset_of(folder: str, root: Path, outdir: Path) -> str:
    """The file name under which a function's code is uploaded."""
    app = cdk.App(outdir=str(outdir), analytics_reporting=False)
    stack = cdk.Stack(app, "Alone")
    code = handler_code(root, folder)
    lambda_.Function(stack, "Function", runtime=lambda_.Runtime.PYTHON_3_13, handler="handler", code=code)
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    return str(function["Properties"]["Code"]["S3Key"])
