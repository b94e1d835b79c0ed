"""pydantic is not let look for plugins: what it imports to look is a tenth of a cold start."""

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


def looks(first: str) -> bool:
    """Whether a fresh process has looked when its first model is built."""
    program = PROGRAM.format(path=[str(ROOT), *sys.path], first=first)
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return {"True": True, "False": False}[run.stdout.strip()]


@pytest.mark.parametrize(("first", "expected"), [("", True), ("import lambdas.common", False)])
def test_models_built_after_the_shared_layer_look_for_no_plugins(first: str, expected: bool) -> None:
    assert looks(first) is expected


def test_the_plugin_hook_matches_pydantics_call() -> None:
    asked = inspect.getsource(_schema_validator.create_schema_validator)

    assert "from ._loader import get_plugins" in asked
