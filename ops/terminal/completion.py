"""Shells know `ops`: what a shell reads for that, and what it is given when somebody presses TAB.

The candidates are typer's, asked for by its protocol of environment variables; the scripts in `shells/` speak it.
Profiles and regions are read in files, since boto3 takes too long for a TAB.
"""

import json
import re
import shlex
from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path, PurePath

from ops.terminal.errors import OperatorError

VARIABLE = "_OPS_COMPLETE"
"""Set where a shell asks for candidates. `bin/ops` prints no error then."""

_SCRIPTS = Path(__file__).with_name("shells")

_SECTION = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)


class Shell(StrEnum):
    """Those that can be taught."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def listen(environment: Mapping[str, str]) -> None:
    """Let typer answer, where a shell asks."""
    if VARIABLE in environment:
        from typer.completion import get_completion_inspect_parameters  # noqa: PLC0415 a command needs none of it

        # typer learns its shells while it makes `--install-completion`. We do not offer that option: it would
        # install completion for a program that is called `python -m ops`.
        get_completion_inspect_parameters()


def shell_named_by(path: str | None) -> Shell:
    """The shell of a path such as `/bin/zsh`, as $SHELL has it; None: it is not set.

    Raises:
        OperatorError: it is none that can be taught.
    """
    try:
        return Shell(PurePath(path or "").name)
    except ValueError:
        said = f"$SHELL is {path}" if path else "$SHELL is not set"
        raise OperatorError(f"{said}: say for which shell, one of {', '.join(Shell)}") from None


def script(shell: Shell, folder: Path) -> str:
    """What a shell reads to find `ops` in a folder and to complete it.

    Raises:
        OperatorError: no PATH can hold the folder.
    """
    if ":" in str(folder):
        raise OperatorError(f"{folder} cannot stand on a PATH, where a colon ends a folder: move this checkout")
    text = (_SCRIPTS / f"ops.{shell}").read_text()
    if shell is Shell.FISH:
        return f"set --global _ops_bin {_quoted_for_fish(str(folder))}\n{text}"
    return f"_ops_bin={shlex.quote(str(folder))}\n{text}"


def profiles(environment: Mapping[str, str]) -> list[str]:
    """The profiles of the configuration file and of the credentials file, where the environment says that they are.

    A file that is missing or broken has the profiles that can be made out in it.
    """
    config = _sections(environment.get("AWS_CONFIG_FILE", "~/.aws/config"))
    credentials = _sections(environment.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    return sorted({*filter(None, map(_profile, config)), *credentials})


def regions() -> dict[str, str]:
    """The regions of every partition, each with the place where it is, from botocore's own list."""
    botocore = find_spec("botocore")
    if botocore is None or botocore.origin is None:
        return {}
    partitions = json.loads((Path(botocore.origin).parent / "data" / "partitions.json").read_bytes())["partitions"]
    return {
        name: region["description"]
        for partition in partitions
        for name, region in partition["regions"].items()
        if not name.endswith("-global")  # stands for a partition's services that are in no region
    }


def _quoted_for_fish(text: str) -> str:
    """Unlike in other shells, a backslash inside single quotes escapes one of its own kind, and a quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _sections(file: str) -> list[str]:
    try:
        text = Path(file).expanduser().read_text(errors="replace")
    except (OSError, RuntimeError):  # expanduser's own, where nobody's home is known
        return []
    return _SECTION.findall(text)


def _profile(section: str) -> str:
    """Its name; empty for a section of another kind, such as `sso-session`."""
    if section == "default":
        return section
    kind, _, name = section.partition(" ")
    return name.strip(" \"'") if kind == "profile" else ""
