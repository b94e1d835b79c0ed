"""This command line in the shells of those who use it."""

import os
import sys
from typing import Annotated

import typer

from ops.checkout import ROOT
from ops.terminal.command import command
from ops.terminal.completion import Shell, script, shell_named_by


@command
def completion(
    shell: Annotated[Shell | None, typer.Argument(help="Which; that of $SHELL, unless it is given.")] = None,
) -> bool:
    """Print what a shell reads to know `ops` and complete it: eval "$(python -m ops completion zsh)"."""
    sys.stdout.write(script(shell or shell_named_by(os.environ.get("SHELL")), ROOT / "bin"))
    return True
