"""Who is measured, and with what on its path: each with its own code and layers, as it would be deployed.

| contestant | its packages | byte code |
|---|---|---|
| bare | none | none, as of every function's own folder |
| ours | the layers that are deployed, built for this machine's Python | in the layers |
| pydantic alone, contract alone | likewise: what ours has them for, without ours | likewise |
| natural | the same locked wheels as pip installs them, nothing taken out | none: a zip without times voids pip's |
| natural compiled | likewise | as ours: so that what it gives and what leanness gives are told apart |

What the Lambda runtime brings, boto3 and what it needs, stands last on everybody's path.
"""

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stacks.layers.byte_code import PACKAGES
from stacks.layers.cache import build_once, digest
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST
from tests.benchmarks.function_folders import ROOT, Sources, benchmark_handler, contracts, function_folder, own_function
from tests.benchmarks.natural_packages import natural_packages

BUILD = ROOT / "build" / "benchmarks"
INSTALLED = Path(sysconfig.get_path("purelib"))

_OF_THE_LAMBDA_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",  # where functions run, no folder of theirs can be written to
    "LANG": "C.UTF-8",
    "TZ": ":UTC",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "taly-benchmark",
    "POWERTOOLS_SERVICE_NAME": "benchmark.booked",
    "POWERTOOLS_METRICS_NAMESPACE": "TalyAsync",
    "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
    "EVENT_BUS_NAME": "taly-bus",
    "IDEMPOTENCY_TABLE_NAME": "taly-done",
}
"""The environment of whoever is measured, the same for all; what a contestant does not read costs it nothing."""


@dataclass(frozen=True)
class Contestant:
    """Who is measured."""

    name: str
    path: tuple[Path, ...]
    """Where its modules are looked for, after Python's own."""

    def environment(self, *last: Path) -> dict[str, str]:
        """Its process's, with other folders last on the path."""
        path = os.pathsep.join(str(folder) for folder in (*self.path, *last))
        return {**ENVIRONMENT, "PYTHONPATH": path}


class Contestants:
    """All of them, each built when it is first asked for."""

    def __init__(self, build: Path = BUILD) -> None:
        """Build below a folder."""
        self._build = build

    @cached_property
    def bare(self) -> Contestant:
        """The floor of a cold start."""
        return Contestant("bare", (function_folder(self._build, "bare", benchmark_handler("bare")),))

    @cached_property
    def ours(self) -> Contestant:
        """Ours, as deployed."""
        return self._on_our_layers("ours", benchmark_handler("ours"))

    @cached_property
    def pydantic_alone(self) -> Contestant:
        """What ours cannot go below as long as it uses pydantic: the import alone, of the same layers."""
        return self._on_our_layers("pydantic alone", benchmark_handler("pydantic_alone"))

    @cached_property
    def contract_alone(self) -> Contestant:
        """What ours cannot go below as long as it validates by these contracts."""
        return self._on_our_layers("contract alone", benchmark_handler("contract_alone"))

    def function(self, name: str) -> Contestant:
        """One of the system's own functions, by its folder below `lambdas`."""
        return self._on_our_layers(name, own_function(name))

    def _on_our_layers(self, name: str, sources: Sources) -> Contestant:
        folder = function_folder(self._build, name.replace(" ", "_"), sources)
        return Contestant(name, (folder, *self._layers, self._runtime))

    @cached_property
    def natural(self) -> Contestant:
        """The natural handler, as it is usually deployed."""
        return self._natural("natural")

    @cached_property
    def natural_compiled(self) -> Contestant:
        """The natural handler with the byte code that ours has."""
        return self._natural("natural compiled", compiled=True)

    @cached_property
    def natural_job(self) -> Contestant:
        """The natural handler of a job, as it is usually deployed."""
        return self._natural("natural job", handler="natural_job")

    def _natural(self, name: str, *, handler: str = "natural", compiled: bool = False) -> Contestant:
        """It has no layer of ours, so that the contracts lie in the function's own folder."""
        sources = {**benchmark_handler(handler), **contracts()}
        folder = function_folder(self._build, handler, sources, compiled=compiled)
        packages = natural_packages(self._build, HOST, compiled_by=Path(sys.executable) if compiled else None)
        return Contestant(name, (folder, packages / PACKAGES, self._runtime))

    @cached_property
    def _layers(self) -> tuple[Path, ...]:
        layers = BuiltLayers(ROOT, HOST, cache=ROOT / "build" / "layers")
        return tuple(layer() / PACKAGES for layer in (layers.common, layers.dependencies, layers.texts))

    @cached_property
    def _runtime(self) -> Path:
        key = digest([str(INSTALLED), *_OF_THE_LAMBDA_RUNTIME])
        return build_once(self._build / f"runtime-{key}", _link_what_lambda_brings)


def _link_what_lambda_brings(folder: Path) -> None:
    for name in _OF_THE_LAMBDA_RUNTIME:
        (folder / name).symlink_to(INSTALLED / name)


def functions() -> list[str]:
    """The folders of all functions."""
    return sorted(handler.parent.name for handler in (ROOT / "lambdas").glob("*/handler.py"))


def from_the_checkout(name: str, build: Path) -> Contestant:
    """A contestant that needs no layer: the checkout's own code, and the packages of this environment.

    Its times say nothing; what it imports, logs and answers is what the built one does.
    """
    folder = function_folder(build, name, benchmark_handler(name))
    return Contestant(name, (folder, ROOT, INSTALLED))
