"""Files of third-party packages that no function uses and that are left out of the layers.

Lambda fetches and unpacks every byte of a layer at each cold start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from stacks.errors import CannotSynthesizeError


@dataclass(frozen=True, slots=True)
class Unused:
    """Files and folders of one package that no function imports or reads."""

    package: str
    """Name in the lock."""

    reason: str
    paths: tuple[str, ...]
    """Relative to the folder of packages."""


UNUSED = (
    Unused(
        "annotated-types",
        "examples for the tests of other libraries",
        ("annotated_types/test_cases.py",),
    ),
    Unused(
        "aws-lambda-powertools",
        "for HTTP, GraphQL and Bedrock; idempotency imports it to serialize Pydantic models, and gets none here",
        ("aws_lambda_powertools/event_handler",),
    ),
    Unused(
        "aws-lambda-powertools",
        "no function uses Datadog",
        ("aws_lambda_powertools/logging/formatters/datadog.py", "aws_lambda_powertools/metrics/provider/datadog"),
    ),
    Unused(
        "aws-lambda-powertools",
        "functions use only idempotency, which uses jmespath_utils; both import `typing` for type checkers only",
        (
            "aws_lambda_powertools/utilities/auth_alpha",
            "aws_lambda_powertools/utilities/batch",
            "aws_lambda_powertools/utilities/circuit_breaker",
            "aws_lambda_powertools/utilities/data_classes",
            "aws_lambda_powertools/utilities/data_masking",
            "aws_lambda_powertools/utilities/feature_flags",
            "aws_lambda_powertools/utilities/kafka",
            "aws_lambda_powertools/utilities/metadata",
            "aws_lambda_powertools/utilities/parameters",
            "aws_lambda_powertools/utilities/parser",
            "aws_lambda_powertools/utilities/serialization.py",
            "aws_lambda_powertools/utilities/streaming",
            "aws_lambda_powertools/utilities/typing",
            "aws_lambda_powertools/utilities/validation",
        ),
    ),
    Unused(
        "markupsafe",
        "C source; the compiled module is beside it",
        ("markupsafe/_speedups.c",),
    ),
    Unused(
        "pydantic",
        "version 1 of Pydantic, imported only for classes with `__get_validators__`, and there are none",
        ("pydantic/v1",),
    ),
    Unused(
        "pydantic",
        "a plugin for mypy",
        ("pydantic/mypy.py",),
    ),
    Unused(
        "pydantic",
        "no contract uses an experimental API",
        ("pydantic/experimental",),
    ),
    Unused(
        "tzdata",
        "each zone is read from one file; these are for compilers, for maps, and for listing all zones",
        (
            "tzdata/zoneinfo/iso3166.tab",
            "tzdata/zoneinfo/leapseconds",
            "tzdata/zoneinfo/tzdata.zi",
            "tzdata/zoneinfo/zone.tab",
            "tzdata/zoneinfo/zone1970.tab",
            "tzdata/zoneinfo/zonenow.tab",
            "tzdata/zones",
        ),
    ),
)
"""Unused files by package and reason."""

UNUSED_ANYWHERE = {"*.pyi": "types, for type checkers"}
"""Patterns of file names that are unused in every package, with the reason."""


def unused_paths(packages: Collection[str], *, within: Path) -> list[Path]:
    """Find the unused files of installed packages.

    Args:
        packages: the installed packages, by their names in the lock.
        within: the folder that they are installed in.

    Raises:
        CannotSynthesizeError: a listed path does not exist: another version of the package has moved or removed it.
    """
    named = [(unused, within / path) for unused in UNUSED if unused.package in packages for path in unused.paths]
    for unused, path in named:
        if not path.exists():
            raise CannotSynthesizeError(
                f"{path.relative_to(within)} is to be left out of the layers, but {unused.package} no longer has it: "
                f"find out where it is now, and correct UNUSED in {__name__}"
            )
    return [path for _, path in named] + [path for pattern in UNUSED_ANYWHERE for path in within.rglob(pattern)]
