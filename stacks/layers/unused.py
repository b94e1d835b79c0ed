"""What the lock's packages bring along and no function imports or reads: it is left out of the layers.

Each byte of a layer is fetched and unpacked for every cold start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from stacks.errors import CannotSynthesizeError


@dataclass(frozen=True, slots=True)
class Unused:
    """Files and folders of one package that nobody would miss."""

    package: str
    """As the lock names it."""

    reason: str
    paths: tuple[str, ...]
    """Below the packages' folder."""


UNUSED = (
    Unused(
        "annotated-types",
        "examples for the tests of other libraries",
        ("annotated_types/test_cases.py",),
    ),
    Unused(
        "aws-lambda-powertools",
        "answers HTTP, GraphQL and Bedrock; idempotency would ask it to make JSON of a Pydantic model, and gets none",
        ("aws_lambda_powertools/event_handler",),
    ),
    Unused(
        "aws-lambda-powertools",
        "no function works with Datadog",
        ("aws_lambda_powertools/logging/formatters/datadog.py", "aws_lambda_powertools/metrics/provider/datadog"),
    ),
    Unused(
        "aws-lambda-powertools",
        "functions use idempotency, which uses jmespath_utils; what these take from typing is for type checkers",
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
        "the C source of what is compiled beside it",
        ("markupsafe/_speedups.c",),
    ),
    Unused(
        "pydantic",
        "Pydantic's own version 1: asked for classes with `__get_validators__` alone, and there are none",
        ("pydantic/v1",),
    ),
    Unused(
        "pydantic",
        "a plugin of mypy's",
        ("pydantic/mypy.py",),
    ),
    Unused(
        "pydantic",
        "no contract is built with what may change any day",
        ("pydantic/experimental",),
    ),
    Unused(
        "tzdata",
        "each zone is read from its own file; these are for compilers, for maps, and for who lists all zones",
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
    Unused(
        "urllib3",
        "for Python in a browser",
        ("urllib3/contrib/emscripten",),
    ),
)
"""By package and reason. What only looks unused, and stays: `urllib3/http2`, which urllib3 imports at once, and
`urllib3/contrib/pyopenssl.py` and `socks.py`, which the runtime's botocore looks for."""

UNUSED_ANYWHERE = {"*.pyi": "types, for type checkers"}
"""Patterns of file names with the reason, whatever package they are of."""


def paths_of(packages: Collection[str], *, within: Path) -> list[Path]:
    """All that these packages brought in vain, as it lies in a folder.

    Args:
        packages: the lock's names of those that are installed there.
        within: the folder.

    Raises:
        CannotSynthesizeError: something is not there, so that another version of its package must have moved it.
    """
    named = [(unused, within / path) for unused in UNUSED if unused.package in packages for path in unused.paths]
    for unused, path in named:
        if not path.exists():
            raise CannotSynthesizeError(
                f"{path.relative_to(within)} is to be left out of the layers, and {unused.package} has no such thing "
                f"any more: see what became of it, and mend UNUSED in {__name__}"
            )
    return [path for _, path in named] + [path for pattern in UNUSED_ANYWHERE for path in within.rglob(pattern)]
