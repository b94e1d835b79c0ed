"""Measured use of each limit, and the sentence about the limit that comes first."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.errors import CannotSynthesizeError
from stacks.limits import limit
from stacks.limits.check import check_limits, stage_uses
from stacks.limits.limit import Limit, Use
from stacks.limits.measures import uses

LIMITS = [each for each in vars(limit).values() if isinstance(each, Limit)]

STACK = "TalyAsync-Prod-Messaging"

ACCOUNT, REGION = {"Ref": "AWS::AccountId"}, {"Ref": "AWS::Region"}


def template(*resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": {f"R{number}": each for number, each in enumerate(resources)}, **sections})


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"} | changes


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def dashboard(*widgets: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"widgets": [{"type": "metric", "properties": widget} for widget in widgets]})
    return resource("AWS::CloudWatch::Dashboard", DashboardBody={"Fn::Join": ["", [body[:15], body[15:]]]})


def figure(measured: Limit, text: str) -> int:
    (found,) = (use.figure for use in uses(STACK, text) if use.limit is measured)
    return found


METRIC = ["AWS/SQS", "NumberOfMessagesSent"]


def policy(*characters: int) -> list[dict[str, Any]]:
    padding = [statement(Sid="x" * each) for each in characters]
    return [resource("AWS::IAM::Policy", Roles=[{"Ref": "R9"}], PolicyDocument=document(each)) for each in padding]


EMPTY_DOCUMENT = len(json.dumps(document(statement(Sid="")), separators=(",", ":")))

CASES = {
    "resources": (limit.RESOURCES, template(*[resource("AWS::SNS::Topic")] * 3), 3),
    "outputs": (limit.OUTPUTS, template(Outputs={"A": {}, "B": {}}), 2),
    "rules": (
        limit.RULES,
        template(
            resource("AWS::Events::Rule", EventBusName="ours"),
            resource("AWS::Events::Rule"),  # on the default bus
            resource("AWS::SNS::Topic"),
        ),
        1,
    ),
    "pattern": (limit.PATTERN, template(resource("AWS::Events::Rule", EventPattern={"a": ["b", "c"]})), 15),
    "environment": (
        limit.FUNCTION_ENVIRONMENT,
        template(resource("AWS::Lambda::Function", Environment={"Variables": {"A": "é"}})),
        14,  # escaped, so at least as long as its bytes
    ),
    "account": (
        limit.FUNCTION_ENVIRONMENT,
        template(resource("AWS::Lambda::Function", Environment={"Variables": {"A": ACCOUNT}})),
        len('{"A":"111122223333"}'),
    ),
    "arn": (
        limit.FUNCTION_ENVIRONMENT,
        template(resource("AWS::Lambda::Function", Environment={"Variables": {"A": {"Fn::GetAtt": ["R", "Arn"]}}})),
        128,
    ),
    "role": (limit.ROLE_POLICIES, template(*policy(100, 200)), 2 * EMPTY_DOCUMENT + 300),
    "role with its own": (
        limit.ROLE_POLICIES,
        template(resource("AWS::IAM::Role", Policies=[{"PolicyDocument": document(statement(Sid="xy"))}])),
        EMPTY_DOCUMENT + 2,
    ),
    "managed policy": (
        limit.MANAGED_POLICY,
        template(resource("AWS::IAM::ManagedPolicy", PolicyDocument=document(statement(Sid="x")))),
        EMPTY_DOCUMENT + 1,
    ),
    "queue policy's statements": (
        limit.QUEUE_POLICY_STATEMENTS,
        template(resource("AWS::SQS::QueuePolicy", PolicyDocument=document(*[statement()] * 4))),
        4,
    ),
    "queue policy's bytes": (
        limit.QUEUE_POLICY_BYTES,
        template(resource("AWS::SQS::QueuePolicy", PolicyDocument=document(statement(Sid="x")))),
        EMPTY_DOCUMENT + 1,
    ),
    "bus policy": (
        limit.BUS_POLICY,
        template(*[resource("AWS::Events::EventBusPolicy", Statement={"Sid": "x"})] * 3),
        3 * len('{"Sid":"x"}'),
    ),
    "composite alarm's children": (
        limit.COMPOSITE_CHILDREN,
        template(resource("AWS::CloudWatch::CompositeAlarm", AlarmRule='ALARM("a") OR ALARM("b")')),
        2,
    ),
    "composite alarm's rule": (
        limit.COMPOSITE_RULE,
        template(resource("AWS::CloudWatch::CompositeAlarm", AlarmRule={"Fn::Join": ["", ["ALARM(", REGION, ")"]]})),
        len("ALARM(ap-southeast-2)"),
    ),
    "composite alarm's references": (
        limit.COMPOSITE_RULE,
        template(
            resource("AWS::CloudWatch::Alarm", AlarmName="a/b"),
            resource("AWS::CloudWatch::CompositeAlarm", AlarmRule={"Fn::Join": ["", ["ALARM(", {"Ref": "R0"}, ")"]]}),
        ),
        len("ALARM(a/b)"),
    ),
    "widgets": (limit.WIDGETS, template(dashboard({}, {}, {})), 3),
    "metrics of a widget": (limit.WIDGET_METRICS, template(dashboard({"metrics": [METRIC] * 2}, {"metrics": []})), 2),
    "metrics of all": (limit.DASHBOARD_METRICS, template(dashboard(*[{"metrics": [METRIC] * 2}] * 3)), 6),
    "alarms of a widget": (limit.WIDGET_ALARMS, template(dashboard({"alarms": ["a", "b"]}, {"alarms": ["c"]})), 2),
    "log groups of a widget": (
        limit.QUERY_LOG_GROUPS,
        template(dashboard({"query": "SOURCE 'a' | SOURCE 'b' | stats count(*)"})),
        2,
    ),
    "log groups of a saved query": (
        limit.QUERY_LOG_GROUPS,
        template(resource("AWS::Logs::QueryDefinition", LogGroupNames=["a", "b", "c"])),
        3,
    ),
}


@pytest.mark.parametrize(("measured", "text", "expected"), CASES.values(), ids=CASES)
def test_a_template_uses_this_much(measured: Limit, text: str, expected: int) -> None:
    assert figure(measured, text) == expected


def test_the_templates_size_is_in_bytes_as_uploaded() -> None:
    text = '{"Resources": {}, "Description": "é"}'

    assert figure(limit.TEMPLATE_BYTES, text) == len(text) + 1


def test_every_limit_has_a_case() -> None:
    assert {measured.name for measured, _, _ in CASES.values()} | {limit.TEMPLATE_BYTES.name} == {
        each.name for each in LIMITS
    }


@pytest.mark.parametrize("each", LIMITS, ids=lambda each: each.name)
def test_a_limit_is_allowed_and_one_more_is_refused(each: Limit) -> None:
    most = each.maximum or each.allowed

    check_limits([Use(each, most, STACK)], types=18)
    with pytest.raises(CannotSynthesizeError, match=f"{most + 1:,} {each.name}, and AWS takes {most:,}"):
        check_limits([Use(each, most + 1, STACK)], types=18)


def test_the_refusal_names_the_limit_that_comes_first() -> None:
    used = [Use(limit.RESOURCES, 600, STACK), Use(limit.OUTPUTS, 300, STACK), Use(limit.RULES, 299, STACK)]

    with pytest.raises(CannotSynthesizeError) as caught:
        check_limits(used, types=60)

    assert str(caught.value) == (
        "stack TalyAsync-Prod-Messaging has 300 outputs, and AWS takes 200 (CloudFormation quotas: outputs in a "
        "template): about 40 of the 60 types fit. Refer to resources by name (`schemas/names.py`) instead of by output"
    )


def test_the_refusal_names_the_resource() -> None:
    with pytest.raises(CannotSynthesizeError, match=f"^CatchAll of stack {STACK} has 4,097 characters"):
        check_limits([Use(limit.PATTERN, 4_097, STACK, "CatchAll")], types=60)


def test_a_limit_of_producers_says_nothing_about_types() -> None:
    with pytest.raises(CannotSynthesizeError) as caught:
        check_limits([Use(limit.QUEUE_POLICY_STATEMENTS, 21, STACK, "Policy")], types=60)

    assert "types fit" not in str(caught.value)
    assert "Name accounts or organisations in `producers`" in str(caught.value)


def test_a_quota_to_request_is_a_warning() -> None:
    (request,) = check_limits([Use(limit.PATTERN, 2_049, STACK, "CatchAll")], types=60)

    assert request.startswith(
        "CatchAll of stack TalyAsync-Prod-Messaging has 2,049 characters of event pattern, and AWS takes 2,048 in an "
        "account that has not requested more (EventBridge quotas: event pattern size): Request more in Service Quotas"
    )


def test_stacks_that_were_not_synthesized_are_left_out(tmp_path: Path) -> None:
    (tmp_path / f"{STACK}.template.json").write_text(template())

    assert {use.stack for use in stage_uses(tmp_path, "prod")} == {STACK}
    assert list(stage_uses(tmp_path, "dev")) == []
