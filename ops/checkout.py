"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "local"
"""Run folders, and the state of a stage that is left running."""

EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
VENV_BIN = ROOT / ".venv" / "bin"
NODE_BIN = ROOT / "node_modules" / ".bin"


def shown(path: Path) -> str:
    """A path as people read it: from here where that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
