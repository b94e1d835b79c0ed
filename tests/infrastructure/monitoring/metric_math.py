"""Evaluates the part of CloudWatch's metric math that the stacks use, for one period."""

import ast
import operator
from collections.abc import Mapping
from typing import Any

from tests.infrastructure.deployment import Resource

Samples = Mapping[str, float]
"""Value of each metric in the period, by id."""

_OPERATORS: Mapping[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


def breaches(alarm: Resource, samples: Samples) -> bool:
    """Whether a period with these samples breaches the threshold of an alarm."""
    assert alarm.properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    (returned,) = (query for query in alarm.properties["Metrics"] if query["ReturnData"])
    expression = ast.parse(returned["Expression"].replace(" AND ", " and "), mode="eval").body
    return bool(_value(expression, samples) >= alarm.properties["Threshold"])


def _value(node: ast.expr, samples: Samples) -> Any:
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return samples[name]
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _OPERATORS[type(sign)](_value(left, samples), _value(right, samples))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(each, samples) for each in values)
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return _value(then if _value(condition, samples) else otherwise, samples)
    raise AssertionError(f"{ast.unparse(node)} is not supported here")
