"""A small evaluator of CloudWatch's metric math: as much of it as the stacks use, for one period."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tests.infrastructure.deployment import Resource

Samples = Mapping[str, float]
"""Each metric's value in the period, by its id; one without data is missing."""

_OPERATORS: Mapping[type[ast.AST], Any] = {
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


def value(expression: str, samples: Samples) -> float | None:
    """What an expression comes to; None where what it needs has no data."""
    result: float | None = _value(ast.parse(expression.replace(" AND ", " and "), mode="eval").body, samples)
    return result


def breaches(alarm: Resource, samples: Samples) -> bool:
    """Whether a period with these samples breaches the threshold of an alarm that is on at or above it."""
    assert alarm.properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    (returned,) = (query for query in alarm.properties["Metrics"] if query["ReturnData"])
    result = value(returned["Expression"], samples)
    assert result is not None
    return bool(result >= alarm.properties["Threshold"])


def _value(node: ast.expr, samples: Samples) -> Any:
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return samples.get(name)
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _OPERATORS[type(sign)](_value(left, samples), _value(right, samples))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(each, samples) for each in values)
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _FUNCTIONS[function](*(_value(each, samples) for each in arguments))
    raise AssertionError(f"{ast.unparse(node)} is not evaluated here")


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "IF": lambda condition, then, otherwise: then if condition else otherwise,
}
