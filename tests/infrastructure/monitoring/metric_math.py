"""Evaluates the part of CloudWatch's metric math that the stacks use, for one period.

Source for missing values: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
"""

import ast
import operator
from collections.abc import Mapping
from typing import Any

from tests.infrastructure.deployment import Resource

Samples = Mapping[str, float]
"""Value of each metric in the period, by id; a metric without a datapoint is left out."""

_OPERATORS: Mapping[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


def breaches(alarm: Resource, samples: Samples) -> bool:
    """Whether a period with these samples breaches the threshold of an alarm; one without a datapoint does not."""
    assert alarm.properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    (returned,) = (query for query in alarm.properties["Metrics"] if query["ReturnData"])
    expression = ast.parse(returned["Expression"].replace(" AND ", " and "), mode="eval").body
    value = _value(expression, samples)
    return value is not None and bool(value >= alarm.properties["Threshold"])


def _value(node: ast.expr, samples: Samples) -> Any:
    """The value of an expression; None where it has no datapoint."""
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return samples.get(name)
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            one, other = _value(left, samples), _value(right, samples)
            return None if one is None or other is None else _OPERATORS[type(sign)](one, other)
        case ast.BoolOp(op=ast.And(), values=values):
            each_value = [_value(each, samples) for each in values]
            return None if set(each_value) == {None} else all(each_value)  # one that is missing counts as 0
        case ast.Call(func=ast.Name(id="FILL"), args=[metric, filler]):
            value = _value(metric, samples)
            return _value(filler, samples) if value is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            holds = _value(condition, samples)
            return None if holds is None else _value(then if holds else otherwise, samples)
    raise AssertionError(f"{ast.unparse(node)} is not supported here")
