"""The shared layer stops pydantic from searching for plugins, whose imports are a tenth of a cold start."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic.plugin import _schema_validator

ROOT = Path(__file__).parents[3]

PROGRAM = """
import sys
sys.path += {path!r}
{first}
from schemas.bookings import BOOKING_CREATED
BOOKING_CREATED.message_model.model_rebuild()
print("importlib.metadata" in sys.modules)
"""


def searches(first: str) -> bool:
    """Whether pydantic has searched for plugins when a fresh process has built its first model."""
    program = PROGRAM.format(path=[str(ROOT), *sys.path], first=first)
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return {"True": True, "False": False}[run.stdout.strip()]


@pytest.mark.parametrize(("first", "expected"), [("", True), ("import lambdas.common", False)])
def test_shared_layer_stops_pydantic_from_searching_plugins(first: str, expected: bool) -> None:
    assert searches(first) is expected


def test_pydantic_imports_the_loader_that_is_replaced() -> None:
    source = inspect.getsource(_schema_validator.create_schema_validator)

    assert "from ._loader import get_plugins" in source
