"""Docstrings of fields and module constants: string literals after an assignment, which Python discards.

They are read from the source when needed, so that the deployed models do not carry them.
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
    """Return the docstrings of a model's fields, inherited ones included, by the fields' Python names."""
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, WireModel) and "[" not in parent.__name__:  # a parametrised generic has no source
            found |= _of_class(parent)
    return found


def of_names(module: ModuleType) -> dict[str, str]:
    """Return the docstrings of the names that a module assigns; empty where there is none."""
    return _documented(ast.parse(inspect.getsource(module)).body)


def unwrapped(text: str) -> str:
    """Join the lines of each paragraph of a docstring."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))


@cache
def _of_class(model: type[WireModel]) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(model))).body
    found = _documented(definition.body) if isinstance(definition, ast.ClassDef) else {}
    return {name: text for name, text in found.items() if text}


def _documented(statements: Iterable[ast.stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for statement in statements:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = ""
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = unwrapped(text)
                name = ""
            case _:
                name = ""
    return found
