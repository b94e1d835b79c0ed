"""Commands of `taly-async` in texts for people, and their check by the parser of the command line itself."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any

import typer

from ops.command_line import PROGRAM, app

_FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_BLOCK = "```"
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_COMMAND = re.compile(rf"(?<![\w/-])(?:\.venv/bin/)?{PROGRAM} (?=[a-z<-])")
_PLACEHOLDER = re.compile("<([a-zA-Z-]+)>")
_SHELL = re.compile("[|;&<>()]+")


@dataclass(frozen=True, slots=True)
class WrittenCommand:
    """A command as a text shows it."""

    line: str
    """From the program's name on."""

    is_complete: bool
    """Whether it can be typed as it stands; else it only names a command, as in a sentence."""

    def __str__(self) -> str:
        """Return the line, for the id of a test."""
        return self.line


def in_page(markdown: str) -> Iterator[WrittenCommand]:
    """Yield the commands in the blocks and spans of code of a page, and of a text in Slack's markup.

    A span with no more than a command's name is no complete command.
    """
    for block in _FENCE.findall(markdown):
        for line in block.replace("\\\n", " ").splitlines():
            yield from (WrittenCommand(line[found.start() :], is_complete=True) for found in _COMMAND.finditer(line))
    for marks, span in _SPAN.findall(_FENCE.sub("", markdown)):
        for line in span.splitlines() if marks == _BLOCK else [" ".join(span.split())]:
            yield from (_of_span(line[found.start() :]) for found in _COMMAND.finditer(line))


def in_text(text: str) -> Iterator[WrittenCommand]:
    """Yield the commands in a text for people, which may have spans of code, and may name a command without them."""
    yield from in_page(text)
    prose = _SPAN.sub("", _FENCE.sub("", text))
    yield from (WrittenCommand(prose[found.start() :], is_complete=False) for found in _COMMAND.finditer(prose))


def check(command: WrittenCommand) -> None:
    """Let the command line parse a command, without running it.

    Raises:
        typer.BadParameter: no command or option has this name. The parser raises errors of its own besides.
    """
    words, arguments = _split(command.line)
    parsed = _command(tuple(words))
    if command.is_complete and words:
        parsed.make_context(words[-1], arguments)
        return
    if not words and arguments[:1] and not arguments[0].startswith("-"):
        raise typer.BadParameter(f"No such command: {arguments[0]}")
    # The program's own options are not parsed, since one of them installs the completion while it is parsed.
    options = {each.partition("=")[0] for each in takewhile(lambda each: each.startswith("--"), arguments)}
    if unknown := options - _options(parsed):
        raise typer.BadParameter(f"No such option: {min(unknown)}")


@cache
def _program() -> Any:
    return typer.main.get_command(app)


def _of_span(line: str) -> WrittenCommand:
    _, arguments = _split(line)
    return WrittenCommand(line, is_complete=bool(arguments))


def _split(line: str) -> tuple[list[str], list[str]]:
    """Split a line into the words that name the command, and its arguments; a shell's operators end it."""
    lexer = shlex.shlex(_PLACEHOLDER.sub(r"\1", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    try:
        for word in lexer:
            if _SHELL.fullmatch(word):
                break
            words.append(word)
    except ValueError:  # an apostrophe in the sentence after the command
        pass
    del words[0]
    group, names = _program(), []
    while words and hasattr(group, "commands") and words[0] in group.commands:
        names.append(words.pop(0))
        group = group.commands[names[-1]]
    return names, words


def _command(names: tuple[str, ...]) -> Any:
    found = _program()
    for name in names:
        found = found.commands[name]
    return found


def _options(command: Any) -> set[str]:
    own = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return own | {"--help"}
