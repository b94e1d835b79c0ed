from functools import cache
from pathlib import Path

import pytest

from schemas.names import SLACK_NOTIFIER
from tests.benchmarks.ceilings import OF_ANY_FUNCTION, OF_THE_NOTIFIER, OF_THE_REACTION
from tests.benchmarks.child.fresh import HANDLER
from tests.benchmarks.contestants import INSTALLED, Contestant, from_the_checkout, functions
from tests.benchmarks.function_folders import ROOT
from tests.benchmarks.processes import ContestantError, imported_modules


@cache
def of_a_function(folder: str) -> list[str]:
    return imported_modules(Contestant(folder, (ROOT, INSTALLED)), f"lambdas.{folder}.handler")


def test_a_reaction_imports_little_beyond_pydantic(tmp_path: Path) -> None:
    modules = imported_modules(from_the_checkout("ours", tmp_path), HANDLER)

    assert len(modules) <= OF_THE_REACTION, modules


@pytest.mark.parametrize("folder", functions())
def test_a_function_imports_little_beyond_pydantic(folder: str) -> None:
    modules = of_a_function(folder)

    assert len(modules) <= (OF_THE_NOTIFIER if folder == SLACK_NOTIFIER else OF_ANY_FUNCTION), modules


@pytest.mark.parametrize("folder", functions())
def test_a_function_is_loaded_without_the_aws_sdk(folder: str) -> None:
    assert {"boto3", "botocore"} & set(of_a_function(folder)) == set()


def test_a_module_that_cannot_be_imported_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContestantError, match="no_such_module"):
        imported_modules(from_the_checkout("ours", tmp_path), "no_such_module")
