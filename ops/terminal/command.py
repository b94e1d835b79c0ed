"""The frame of every command: its options, its help, how it ends."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import STOPPED, StoppedError, unwinding_on_signals
from ops.terminal.output import json_lines, notes

Run = Callable[..., bool]
"""A command's function; the result says whether it succeeded."""

F = TypeVar("F", bound=Callable[..., Any])


def command(run: Run) -> Callable[..., None]:
    """Make a command of a function.

    Signals unwind the command, an OperatorError becomes a sentence on standard error, only success exits with 0.
    A parameter whose type is a dataclass stands for a set of options: each field becomes an option of the command.
    """
    parameters = inspect.signature(run, eval_str=True).parameters
    sets: dict[str, Any] = {name: each.annotation for name, each in parameters.items() if is_dataclass(each.annotation)}

    @wraps(run)
    def wrapped(**options: Any) -> None:
        for name, option_set in sets.items():
            options[name] = option_set(**{each.name: options.pop(each.name) for each in fields(option_set)})
        try:
            with unwinding_on_signals():
                succeeded = run(**options)
        except OperatorError as error:
            notes.print(Text.assemble(("✗ ", "red"), str(error)), soft_wrap=True)
            raise SystemExit(1) from None
        except StoppedError:
            notes.print(STOPPED)
            raise
        raise SystemExit(0 if succeeded else 1)

    return _with_parameters(
        wrapped,
        [each for name, own in parameters.items() for each in (_options(sets[name]) if name in sets else [own])],
    )


def json_output(run: Run) -> Run:
    """Give a command the option `--json`: it then prints one JSON object a line, for pipes."""

    @wraps(run)
    def wrapped(*, as_json: bool, **options: Any) -> bool:
        with json_lines(enabled=as_json):
            return run(**options)

    option = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for pipes.")]
    parameters = inspect.signature(run, eval_str=True).parameters.values()
    return _with_parameters(wrapped, [*parameters, _option("as_json", option, default=False)])


def _options(option_set: Any) -> list[inspect.Parameter]:
    return [
        _option(each.name, each.type, default=inspect.Parameter.empty if each.default is MISSING else each.default)
        for each in fields(option_set)
    ]


def _option(name: str, annotation: Any, *, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _with_parameters(function: F, parameters: list[inspect.Parameter]) -> F:
    """Declare the parameters that typer reads; they are passed by name."""
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    function.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]  # what inspect reads first
    return function


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _without_bool(super().get_params(ctx))


class _Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return _without_bool(super().get_params(ctx))


def _without_bool(parameters: list[Any]) -> list[Any]:
    """Leave out the `<bool>` that typer prints beside every flag: a flag takes no value."""
    for each in parameters:
        if getattr(each, "is_flag", False):
            each.metavar = ""
    return parameters


class CommandLine(typer.Typer):
    """Commands that answer to -h as well as --help, and keep local variables out of tracebacks."""

    def __init__(self, *, help: str, add_completion: bool = False) -> None:  # noqa: A002 typer's name
        super().__init__(
            cls=_Group,
            help=help,
            no_args_is_help=True,
            add_completion=add_completion,
            context_settings={"help_option_names": ["-h", "--help"]},
            pretty_exceptions_show_locals=False,
        )

    def add(
        self, run: Callable[..., None], *, name: str | None = None, panel: str | None = None, hidden: bool = False
    ) -> None:
        """Add a command, under its function's name if no other is given, in a panel of the help or hidden from it."""
        self.command(name, cls=_Command, rich_help_panel=panel, hidden=hidden)(run)
