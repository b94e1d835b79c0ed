"""What the contracts say of themselves: the string literal after a field or a name, which Python throws away.

Read from the source when it is wanted, so that the deployed models need not carry it.
"""

import ast
import inspect
import re
from collections.abc import Iterable
from functools import cache
from textwrap import dedent
from types import ModuleType

from schemas.wire import WireModel


def of_fields(model: type[WireModel]) -> dict[str, str]:
    """What the fields of a model mean, its parents' included, by their Python names; who says nothing is left out."""
    said: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, WireModel) and "[" not in parent.__name__:  # what a generic was made into has no source
            said |= _of_class(parent)
    return said


def of_names(module: ModuleType) -> dict[str, str]:
    """What the names mean that a module assigns, empty where it does not say."""
    return _documented(ast.parse(inspect.getsource(module)).body)


def unwrapped(text: str) -> str:
    """A docstring as paragraphs of one line each."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))


@cache
def _of_class(model: type[WireModel]) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(model))).body
    said = _documented(definition.body) if isinstance(definition, ast.ClassDef) else {}
    return {name: words for name, words in said.items() if words}


def _documented(statements: Iterable[ast.stmt]) -> dict[str, str]:
    said: dict[str, str] = {}
    name = ""
    for statement in statements:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                said[name] = ""
            case ast.Expr(value=ast.Constant(value=str(words))) if name:
                said[name] = unwrapped(words)
                name = ""
            case _:
                name = ""
    return said
