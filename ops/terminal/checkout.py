"""Paths in this checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "local"
"""Run folders, and the state of the local stage that is running."""

EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
VENV_BIN = ROOT / ".venv" / "bin"
NODE_BIN = ROOT / "node_modules" / ".bin"


def shown(path: Path) -> str:
    """The path relative to the current folder, if it is below that; else the whole path."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
