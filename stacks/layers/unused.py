"""Files of third-party packages that no function uses and that are left out of the layers.

Lambda fetches and unpacks every byte of a layer at each cold start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath

from stacks.errors import CannotSynthesizeError


@dataclass(frozen=True, slots=True)
class Unused:
    """Files and folders of one package that no function imports or reads."""

    package: str
    """Name in the lock."""

    reason: str
    paths: tuple[str, ...]
    """Relative to the folder of packages; `*` stands for any name."""

    kept: tuple[str, ...] = ()
    """Patterns of file names below `paths` that stay."""

    def leaves_out(self, path: PurePath) -> bool:
        """Whether a file or folder, relative to the folder of packages, is left out."""
        places = (place.as_posix() for place in (path, *path.parents))
        return any(fnmatch(place, each) for place in places for each in self.paths) and not any(
            fnmatch(path.name, each) for each in self.kept
        )


LANGUAGES = sorted(
    folder.name.partition("-")[0]
    for folder in (Path(__file__).parents[2] / "lambdas" / "common" / "texts" / "languages").iterdir()
    if folder.is_dir()
)
"""Languages that people are written to in, such as pt for `pt-BR`: each has a folder of texts."""

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
        "aws-lambda-powertools",
        "a store of finished jobs in Redis; ours is in DynamoDB",
        (
            "aws_lambda_powertools/utilities/idempotency/persistence/cache.py",
            "aws_lambda_powertools/utilities/idempotency/persistence/redis.py",
        ),
    ),
    Unused(
        "aws-lambda-powertools",
        "only HTTP handlers, event classes and the set-up of other libraries' loggers use them",
        (
            "aws_lambda_powertools/logging/utils.py",
            "aws_lambda_powertools/shared/cookies.py",
            "aws_lambda_powertools/shared/dynamodb_deserializer.py",
            "aws_lambda_powertools/shared/headers_serializer.py",
        ),
    ),
    Unused(
        "babel",
        "formats of languages that we have no texts in; a language inherits from root, a territory from its language",
        ("babel/locale-data/*.dat",),
        kept=("root.dat", *(f"{language}{more}.dat" for language in LANGUAGES for more in ("", "_*"))),
    ),
    Unused(
        "babel",
        "for gettext, lists, measures and lists of languages; dates, numbers and plurals import none of it",
        (
            "babel/languages.py",
            "babel/lists.py",
            "babel/messages",
            "babel/support.py",
            "babel/units.py",
            "babel/util.py",
        ),
    ),
    Unused(
        "icalendar",
        "its tests, and a command line",
        ("icalendar/cli.py", "icalendar/tests"),
    ),
    Unused(
        "icalendar",
        "for time zones of pytz, which is not in the lock; `zoneinfo` has ours",
        ("icalendar/timezone/equivalent_timezone_ids.py", "icalendar/timezone/pytz.py"),
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
        "pydantic",
        "methods of version 1, which warn (tests turn warnings into errors), and what only they import",
        ("pydantic/color.py", "pydantic/deprecated"),
    ),
    Unused(
        "pydantic",
        "types of URLs and addresses; contracts have patterns, which other languages read as well",
        ("pydantic/networks.py",),
    ),
    Unused(
        "pydantic",
        "names of modules of version 1, which say where their content is now",
        tuple(
            f"pydantic/{module}.py"
            for module in (
                "class_validators",
                "datetime_parse",
                "decorator",
                "env_settings",
                "error_wrappers",
                "generics",
                "json",
                "parse",
                "schema",
                "tools",
                "typing",
                "utils",
                "validators",
            )
        ),
    ),
    Unused(
        "pydantic-core",
        "its list of Rust packages, for scanners; the locked wheel has it",
        ("pydantic_core-*.dist-info/sboms",),
    ),
    Unused(
        "python-dateutil",
        "a copy of the time zones, for `gettz` where a machine has none; tzdata has them",
        ("dateutil/zoneinfo",),
    ),
    Unused(
        "python-dateutil",
        "time zones of Windows",
        ("dateutil/tz/win.py", "dateutil/tzwin.py"),
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
    found = [path for pattern in UNUSED_ANYWHERE for path in within.rglob(pattern)]
    for each in (unused for unused in UNUSED if unused.package in packages):
        for named in each.paths:
            paths = [*within.glob(named)]
            if not paths:
                raise CannotSynthesizeError(
                    f"{named} is to be left out of the layers, but {each.package} no longer has it: "
                    f"find out where it is now, and correct UNUSED in {__name__}"
                )
            found += [path for path in paths if each.leaves_out(path.relative_to(within))]
    return found
