"""Each command in the documentation, on an alarm and in an advice is one that the command line takes."""

from collections.abc import Iterator

import click
import pytest

from ops.terminal.checkout import ROOT
from schemas.advice import ADVICE, UNDELIVERED
from schemas.signals import SIGNALS
from tests.unit.written_commands.command_lines import WrittenCommand, check, in_page, in_sentence

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def written() -> Iterator[pytest.param]:  # type: ignore[valid-type]
    for page in PAGES:
        for number, command in enumerate(in_page(page.read_text())):
            yield pytest.param(command, id=f"{page.name}-{number}")
