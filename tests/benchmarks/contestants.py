"""The contestants: each with its code and layers, as it would be deployed.

| contestant | its packages | byte code |
|---|---|---|
| bare | none | none, as in every function's folder |
| ours | the deployed layers, built for this machine's Python | in the layers |
| pydantic alone, contract alone | the packages of ours, without our code | in the layers |
| natural | the same locked wheels as pip installs them, unreduced | none: a zip without times invalidates pip's |
| natural compiled | as natural | as ours, which separates the effects of byte code and of leanness |

The Lambda runtime's packages, boto3 and its dependencies, are last on every path.
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
    "PYTHONDONTWRITEBYTECODE": "1",  # a deployed function's folder is read-only
    "LANG": "C.UTF-8",
    "TZ": ":UTC",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "taly-benchmark",
    "POWERTOOLS_SERVICE_NAME": "benchmark.booked",
    "POWERTOOLS_METRICS_NAMESPACE": "TalyAsync/prod",
    "STAGE": "prod",
    "CODE_VERSION": "5d41402a",
    "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
    "EVENT_BUS_NAME": "taly-bus",
    "IDEMPOTENCY_TABLE_NAME": "taly-done",
    "MESSAGE_GROUPS": "1",
}
"""The environment of all contestants; variables that a contestant does not read cost it nothing."""


@dataclass(frozen=True)
class Contestant:
    """A measured handler."""

    name: str
    path: tuple[Path, ...]
    """The folders of its modules, after Python's."""

    def environment(self, *last: Path) -> dict[str, str]:
        """The environment of its process, with other folders last on the path."""
        path = os.pathsep.join(str(folder) for folder in (*self.path, *last))
        return {**ENVIRONMENT, "PYTHONPATH": path}


class Contestants:
    """All contestants, each built at its first use."""

    def __init__(self, build: Path = BUILD) -> None:
        """Build in this folder."""
        self._build = build

    @cached_property
    def bare(self) -> Contestant:
        """The floor of a cold start."""
        return Contestant("bare", (function_folder(self._build, "bare", benchmark_handler("bare")),))

    @cached_property
    def ours(self) -> Contestant:
        """Our handler as deployed."""
        return self._on_our_layers("ours", benchmark_handler("ours"))

    @cached_property
    def pydantic_alone(self) -> Contestant:
        """The lower bound of ours with pydantic: only its import, from the same layers."""
        return self._on_our_layers("pydantic alone", benchmark_handler("pydantic_alone"))

    @cached_property
    def contract_alone(self) -> Contestant:
        """The lower bound of ours with these contracts."""
        return self._on_our_layers("contract alone", benchmark_handler("contract_alone"))

    def function(self, name: str) -> Contestant:
        """One of the system's functions, by its folder in `lambdas`."""
        return self._on_our_layers(name, own_function(name))

    def _on_our_layers(self, name: str, sources: Sources) -> Contestant:
        folder = function_folder(self._build, name.replace(" ", "_"), sources)
        return Contestant(name, (folder, *self._layers, self._runtime))

    @cached_property
    def natural(self) -> Contestant:
        """The natural handler as usually deployed."""
        return self._natural("natural")

    @cached_property
    def natural_compiled(self) -> Contestant:
        """The natural handler with byte code as in ours."""
        return self._natural("natural compiled", compiled=True)

    @cached_property
    def natural_job(self) -> Contestant:
        """The natural handler of a job as usually deployed."""
        return self._natural("natural job", handler="natural_job")

    def _natural(self, name: str, *, handler: str = "natural", compiled: bool = False) -> Contestant:
        """Build a natural handler; without our layers, its contracts are in the function's folder."""
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
    """A contestant without layers: the checkout's code and the packages of this environment.

    Its times mean nothing, but it imports, logs and returns what the built one does.
    """
    folder = function_folder(build, name, benchmark_handler(name))
    return Contestant(name, (folder, ROOT, INSTALLED))
