"""Synthesizes a stage's templates and reads the sizes that determine cost and throughput."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ops.terminal.checkout import NODE_BIN, ROOT, VENV_BIN
from ops.terminal.errors import OperatorError

Template = Mapping[str, Any]

_ERROR_LINES = 20
"""Last lines of the output of `cdk` that an error quotes."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of functions, by folder, and settings of archive and table."""

    memory: Mapping[str, int]
    """MB."""

    batch: Mapping[str, int]
    """Batch size in records."""

    concurrency: Mapping[str, int]
    """Maximum concurrency."""

    archive_days: int
    """Retention of the archive in days; 0: no archive."""

    rates: Mapping[str, float] = field(default_factory=dict)
    """Declared rates of the systems that functions call, in calls a second."""

    backups: bool = False
    """Whether the idempotency table has point-in-time recovery."""

    def with_batches_of(self, records: int) -> "Sizes":
        """Return these sizes with one batch size for all functions."""
        return replace(self, batch=dict.fromkeys(self.batch, records))


def read_sizes(templates: Iterable[Template]) -> Sizes:
    """Read the sizes from the templates of all stacks of a stage."""
    memory, batch, concurrency, rates, days, backups = {}, {}, {}, {}, 0, False
    for template in templates:
        folders = {}
        for logical_id, function in _of_type(template, "AWS::Lambda::Function"):
            folders[logical_id] = folder = function["Handler"].split(".")[1]
            memory[folder] = function["MemorySize"]
            if rate := function.get("Environment", {}).get("Variables", {}).get("RATE"):
                rates[folder] = float(rate)
        for _, mapping in _of_type(template, "AWS::Lambda::EventSourceMapping"):
            folder = folders[mapping["FunctionName"]["Ref"]]
            batch[folder] = mapping["BatchSize"]
            concurrency[folder] = mapping["ScalingConfig"]["MaximumConcurrency"]
        days = max([days, *(archive["RetentionDays"] for _, archive in _of_type(template, "AWS::Events::Archive"))])
        backups = backups or any(
            table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False)
            for _, table in _of_type(template, "AWS::DynamoDB::Table")
        )
    return Sizes(memory=memory, batch=batch, concurrency=concurrency, archive_days=days, rates=rates, backups=backups)


def synthesized(stage: str) -> Path:
    """Synthesize a stage and return the folder with its templates.

    Raises:
        OperatorError: `cdk` failed; the error quotes its output.
    """
    folder = ROOT / "build" / "cdk.out" / stage
    cdk = NODE_BIN / "cdk"
    if not cdk.exists():
        raise OperatorError("the AWS CDK command line is not installed: run `make setup`")
    command = [str(cdk), "synth", "--quiet", "--context", f"stage={stage}", "--output", str(folder)]
    path = os.pathsep.join([str(VENV_BIN), str(NODE_BIN), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        output = "\n".join((run.stderr or run.stdout).strip().splitlines()[-_ERROR_LINES:])
        raise OperatorError(f"stage {stage} cannot be synthesized:\n{output}")
    return folder


def _of_type(template: Template, type_name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == type_name:
            yield logical_id, resource["Properties"]
