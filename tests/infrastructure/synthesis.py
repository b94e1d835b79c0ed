"""Synthesizes a stage for tests: with stub layers, and no assets copied."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from app import ROOT, build, synthesize_within_limits
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import MESSAGING, MONITORING, PROCESSING, stack_name
from stacks.stage import Stage
from tests.infrastructure.deployment import Deployment

CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
STAGES = tuple(CONTEXT["stages"])
"""The stages of cdk.json."""


@dataclass(frozen=True)
class StubLayers:
    """Layers of one empty file, which templates need instead of built layers."""

    folder: Path
    architecture: str = "arm64"

    def dependencies(self) -> Path:
        return self.folder

    def texts(self) -> Path:
        return self.folder

    def common(self) -> Path:
        return self.folder


def app_of(outdir: Path) -> cdk.App:
    """Create an app with the context of cdk.json that copies no assets."""
    context = {**CONTEXT, "aws:cdk:disable-asset-staging": True}
    return cdk.App(context=context, outdir=str(outdir), analytics_reporting=False)


def synthesize(
    folder: Path,
    *,
    catalogue: Sequence[EventType[Any]] = CATALOGUE,
    root: Path = ROOT,
    context: Mapping[str, Any] = CONTEXT,
    **settings: str,
) -> Deployment:
    """Synthesize a stage of a cdk.json's context into a folder, with settings as given by `-c`."""
    layer = folder / "layer"
    layer.mkdir(parents=True)
    (layer / "stub").touch()
    stage = Stage.from_context({**context, **settings})
    app = app_of(folder / "cdk.out")
    build(app, stage=stage, catalogue=catalogue, layers=StubLayers(layer), root=root)
    synthesize_within_limits(app, stage=stage, catalogue=catalogue)
    names = [stack_name(stage.name, part) for part in (MESSAGING, PROCESSING, MONITORING)]
    templates = {name: json.loads((folder / "cdk.out" / f"{name}.template.json").read_text()) for name in names}
    return Deployment(stage, folder / "cdk.out", templates)


def findings_of_cfn_lint(deployment: Deployment) -> str:
    """Return what cfn-lint prints about a stage's templates; nothing, if it has no finding."""
    templates = [deployment.folder / f"{name}.template.json" for name in deployment.templates]
    command = [Path(sys.executable).with_name("cfn-lint"), *templates]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr or (f"exit code {run.returncode}" if run.returncode else "")
