"""Measures how much of each limit a synthesized template uses."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stacks.limits import limit
from stacks.limits.limit import Limit, Use

_PSEUDO_PARAMETERS = {
    "AWS::AccountId": "0" * 12,
    "AWS::Region": "ap-southeast-2",
    "AWS::Partition": "aws-us-gov",
    "AWS::URLSuffix": "amazonaws.com",
}
"""As long as any value, but for the URL suffix of China, whose partition is shorter."""

_ATTRIBUTE = "x" * 120
"""Stands for an attribute that is known after the deploy: as long as the ARN of a generated name."""

_Figures = Iterator[tuple[Limit, int]]


def uses(stack: str, text: str) -> Iterator[Use]:
    """Yield what a stack uses of each limit.

    Args:
        stack: the stack's name.
        text: the template, as it is uploaded.
    """
    template = _with_alarm_names(text)
    resources: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
    yield Use(limit.RESOURCES, len(resources), stack)
    yield Use(limit.TEMPLATE_BYTES, len(text.encode()), stack)
    yield Use(limit.OUTPUTS, len(template.get("Outputs", {})), stack)
    yield Use(limit.RULES, sum(map(_is_on_the_bus, resources.values())), stack)
    yield Use(limit.BUS_POLICY, _bus_policy(resources.values()), stack)
    for role, size in _role_policies(resources).items():
        yield Use(limit.ROLE_POLICIES, size, stack, role)
    for logical_id, resource in resources.items():
        measure = _MEASURES.get(resource["Type"], _nothing)
        for each, figure in measure(resource.get("Properties", {})):
            yield Use(each, figure, stack, logical_id)


def _with_alarm_names(text: str) -> Mapping[str, Any]:
    """Parse a template, with the names of alarms in place of references to them: a composite alarm has many."""
    names = {
        logical_id: resource["Properties"]["AlarmName"]
        for logical_id, resource in json.loads(text).get("Resources", {}).items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    template: Mapping[str, Any] = json.loads(text, object_hook=lambda each: names.get(each.get("Ref"), each))
    return template


def _nothing(_properties: Mapping[str, Any]) -> _Figures:
    return iter(())


def _function(properties: Mapping[str, Any]) -> _Figures:
    yield limit.FUNCTION_ENVIRONMENT, _size(properties.get("Environment", {}).get("Variables", {}))


def _managed_policy(properties: Mapping[str, Any]) -> _Figures:
    yield limit.MANAGED_POLICY, _size(properties["PolicyDocument"])


def _queue_policy(properties: Mapping[str, Any]) -> _Figures:
    document = properties["PolicyDocument"]
    yield limit.QUEUE_POLICY_STATEMENTS, len(document["Statement"])
    yield limit.QUEUE_POLICY_BYTES, _size(document)


def _is_on_the_bus(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is a rule on the stage's bus: one on the account's default bus names none."""
    return resource["Type"] == "AWS::Events::Rule" and "EventBusName" in resource["Properties"]


def _rule(properties: Mapping[str, Any]) -> _Figures:
    if pattern := properties.get("EventPattern"):
        yield limit.PATTERN, _size(pattern)


def _composite_alarm(properties: Mapping[str, Any]) -> _Figures:
    rule = _resolved(properties["AlarmRule"])
    yield limit.COMPOSITE_CHILDREN, rule.count("ALARM(")
    yield limit.COMPOSITE_RULE, len(rule)


def _dashboard(properties: Mapping[str, Any]) -> _Figures:
    widgets = json.loads(_resolved(properties["DashboardBody"]))["widgets"]
    contents = [widget["properties"] for widget in widgets]
    metrics = [len(each.get("metrics", ())) for each in contents]
    yield limit.WIDGETS, len(widgets)
    yield limit.WIDGET_METRICS, max(metrics, default=0)
    yield limit.DASHBOARD_METRICS, sum(metrics)
    yield limit.WIDGET_ALARMS, max((len(each.get("alarms", ())) for each in contents), default=0)
    yield limit.QUERY_LOG_GROUPS, max((each.get("query", "").count("SOURCE ") for each in contents), default=0)


def _query(properties: Mapping[str, Any]) -> _Figures:
    yield limit.QUERY_LOG_GROUPS, len(properties.get("LogGroupNames", ()))


_MEASURES: Mapping[str, Callable[[Mapping[str, Any]], _Figures]] = {
    "AWS::CloudWatch::CompositeAlarm": _composite_alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::QueryDefinition": _query,
    "AWS::SQS::QueuePolicy": _queue_policy,
}


def _bus_policy(resources: Iterable[Mapping[str, Any]]) -> int:
    """Return the size of the bus's policy, which has the statements of all `EventBusPolicy` resources."""
    return sum(
        _size(each["Properties"]["Statement"]) for each in resources if each["Type"] == "AWS::Events::EventBusPolicy"
    )


def _role_policies(resources: Mapping[str, Mapping[str, Any]]) -> Mapping[str, int]:
    """Return the size of all inline policies of each role, by the role's logical id or name."""
    sizes = Counter[str]()
    for logical_id, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            sizes[logical_id] += sum(_size(each["PolicyDocument"]) for each in properties.get("Policies", ()))
        elif resource["Type"] == "AWS::IAM::Policy":
            for role in properties.get("Roles", ()):
                sizes[role["Ref"] if isinstance(role, dict) else role] += _size(properties["PolicyDocument"])
    return sizes


def _size(value: Any) -> int:
    """Return the characters of a value as JSON without white space."""
    return len(json.dumps(_resolved(value), separators=(",", ":")))


def _resolved(value: Any) -> Any:
    """Return a value of a template with its intrinsic functions replaced by texts of about the same length."""
    match value:
        case {"Ref": str(name)} if len(value) == 1:
            return _PSEUDO_PARAMETERS.get(name, _ATTRIBUTE)
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(map(_resolved, parts))
        case dict() if any(key.startswith("Fn::") for key in value):
            return _ATTRIBUTE
        case dict():
            return {key: _resolved(each) for key, each in value.items()}
        case list():
            return [_resolved(each) for each in value]
    return value
