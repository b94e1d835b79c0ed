"""Each function carries the layers of what it may import, and texts only if it needs them."""

from pathlib import Path

import pytest

from app import ROOT
from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import QUEUE_PROCESSOR, SLACK_NOTIFIER
from stacks.layers.lock import TEXTS, dependencies_of, texts_of
from tests.infrastructure.layers.import_graph import foreign, packages

WRITERS = {event_type.folder for event_type in CATALOGUE if Needs.TEXTS in event_type.needs}
FUNCTIONS = sorted({QUEUE_PROCESSOR, SLACK_NOTIFIER, *(event_type.folder for event_type in CATALOGUE)})

OF_THE_RUNTIME = {"boto3", "botocore"}
"""What Lambda's Python brings along."""


def needed(function: str) -> set[str]:
    """The packages that a function cannot be without."""
    names = foreign(ROOT / "lambdas" / function / "handler.py", root=ROOT)
    return packages(name for name in names if name.split(".")[0] not in OF_THE_RUNTIME)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_carries_every_package_that_it_may_import(function: str) -> None:
    carried = {*dependencies_of(ROOT), *(texts_of(ROOT) if function in WRITERS else ())}

    lacking = needed(function) - carried
    assert not lacking, f"its type wants Needs.TEXTS, or the lock a line: {lacking}"


@pytest.mark.parametrize("function", sorted(WRITERS))
def test_a_function_that_carries_texts_needs_them(function: str) -> None:
    assert needed(function) & TEXTS


def test_every_package_that_is_locked_is_needed_by_a_function() -> None:
    locked = {*dependencies_of(ROOT), *texts_of(ROOT)}

    assert locked - {package for function in FUNCTIONS for package in needed(function)} == set()


def test_an_import_is_found_through_our_own_modules_and_inside_functions_but_not_for_type_checkers(
    tmp_path: Path,
) -> None:
    for name, source in {
        "lambdas/greet/handler.py": "import json\nfrom lambdas.common import zones\n",
        "lambdas/common/__init__.py": "",
        "lambdas/common/zones.py": "from schemas import money\ndef zone():\n    from zoneinfo import ZoneInfo\n",
        "schemas/__init__.py": "import rfc8785\n",
        "schemas/money.py": "if TYPE_CHECKING:\n    import urllib3\nelse:\n    import jinja2\n",
        "schemas/stripe.py": "import pydantic\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)

    found = foreign(tmp_path / "lambdas" / "greet" / "handler.py", root=tmp_path)

    assert found == {"jinja2", "rfc8785", "tzdata"}


def test_a_package_brings_what_it_requires() -> None:
    assert packages({"jinja2.Environment"}) == {"jinja2", "markupsafe"}
