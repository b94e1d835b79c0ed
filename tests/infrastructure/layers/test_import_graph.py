"""Each function carries the layers that it imports from, and the texts layer only if it needs it."""

from pathlib import Path

import pytest

from app import ROOT
from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import DEAD_LETTER_KEEPER, QUEUE_PROCESSOR, SLACK_NOTIFIER
from stacks.layers.lock import TEXTS, base_requirements, texts_requirements
from tests.infrastructure.layers.import_graph import foreign, packages

WITH_TEXTS = {event_type.folder for event_type in CATALOGUE if Needs.TEXTS in event_type.needs}
FUNCTIONS = sorted(
    {QUEUE_PROCESSOR, SLACK_NOTIFIER, DEAD_LETTER_KEEPER, *(event_type.folder for event_type in CATALOGUE)}
)

IN_THE_RUNTIME = {"boto3", "botocore"}
"""Packages of the Lambda runtime."""


def needed(function: str) -> set[str]:
    """Return the packages that a function may import."""
    names = foreign(ROOT / "lambdas" / function / "handler.py", root=ROOT)
    return packages(name for name in names if name.split(".")[0] not in IN_THE_RUNTIME)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_carries_every_package_that_it_may_import(function: str) -> None:
    carried = {*base_requirements(ROOT), *(texts_requirements(ROOT) if function in WITH_TEXTS else ())}

    missing = needed(function) - carried
    assert not missing, f"add Needs.TEXTS to the type, or a line to the lock: {missing}"


@pytest.mark.parametrize("function", sorted(WITH_TEXTS))
def test_a_function_with_the_texts_layer_imports_from_it(function: str) -> None:
    assert needed(function) & TEXTS


def test_every_locked_package_is_needed_by_a_function() -> None:
    locked = {*base_requirements(ROOT), *texts_requirements(ROOT)}

    assert locked - {package for function in FUNCTIONS for package in needed(function)} == set()


def test_imports_are_found_in_our_modules_and_functions(
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


def test_a_package_includes_its_requirements() -> None:
    assert packages({"jinja2.Environment"}) == {"jinja2", "markupsafe"}
