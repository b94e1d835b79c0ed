"""Permissions to put events on the bus and send to the ingress queue, checked by the emulator's policy evaluator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.slack_notifier.outages.memory import memory_key
from schemas.catalogue import ALERTS, ALL_TYPES, CATALOGUE
from schemas.destinations import READ_PAYMENT, SEND_EMAIL, Destination
from schemas.event_type import Kind
from schemas.names import INGRESS_SOURCE, QUEUE_PROCESSOR, SLACK_NOTIFIER, SOURCE
from schemas.ses import SES_EVENT
from schemas.signals import UNDELIVERABLE
from schemas.suppression import suppression_key
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import BUS, RULE, Deployment, Resource, as_list, statements
from tests.infrastructure.synthesis import STAGES, synthesize
from tests.security.evaluator import PolicyCheck, plain, verdicts

BACKEND = "arn:aws:sts::111122223333:assumed-role/any/session"
CRM = "arn:aws:sts::444455556666:assumed-role/crm/session"
CRM_ACCOUNT = "arn:aws:sts::444455556666:assumed-role/other/session"
PARTNER = "arn:aws:sts::777788889999:assumed-role/any/session"
STRANGER = "arn:aws:sts::123412341234:assumed-role/any/session"
ORGANISATION = "o-a1b2c3d4e5"
PRODUCERS = f"taly.backend=111122223333,taly.crm=arn:aws:iam::444455556666:role/crm,taly.partner={ORGANISATION}"
SYSTEM_TYPES = ("system.dead_lettered", "system.dead_letters_expiring", "system.heartbeat")
"""Repeated from the catalogue on purpose: a type added there must be considered here."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesize(tmp_path_factory.mktemp("producers"), stage="dev", producers=PRODUCERS)


def organisation(principal: str) -> dict[str, object]:
    """Return the context key with the organisation of the caller's account."""
    return {"aws:principalorgid": ORGANISATION} if principal == PARTNER else {}


def put_by(stage: Deployment, principal: str, sources: list[str], *names: str) -> PolicyCheck:
    """Return the question whether a call is allowed.

    AWS may evaluate the events of a call together or one by one; both must give the same decision.
    """
    policies = stage.resources("AWS::Events::EventBusPolicy")
    bus = stage.bus
    assert all(stage.follow(each.stack, each.properties["EventBusName"], BUS) == bus for each in policies)
    return PolicyCheck(
        statements=[plain(each.properties["Statement"]) for each in policies],
        principal=principal,
        action="events:PutEvents",
        resource=f"arn:aws:any:::{bus.logical_id}",
        context={
            "events:source": sources,
            "events:detail-type": list(names or ["booking.created"]),
            **organisation(principal),
        },
        is_resource_policy=True,
    )


def send_by(
    stage: Deployment, principal: str, action: str = "sqs:SendMessage", *, is_secure: bool = True
) -> PolicyCheck:
    queue = stage.ingress
    return PolicyCheck(
        statements=plain(stage.queue_policy(queue)),
        principal=principal,
        action=action,
        resource=f"arn:aws:any:::{queue.logical_id}",
        context=organisation(principal),
        is_secure=is_secure,
        is_resource_policy=True,
    )


def test_each_producer_puts_events_only_with_its_source(stage: Deployment) -> None:
    questions = {
        (principal, source): put_by(stage, principal, [source])
        for principal in (BACKEND, CRM, CRM_ACCOUNT, PARTNER, STRANGER)
        for source in ("taly.backend", "taly.crm", "taly.partner", "taly.elsewhere", SOURCE)
    }

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        (BACKEND, "taly.backend"),
        (CRM, "taly.crm"),
        (PARTNER, "taly.partner"),
    }


def test_a_call_with_one_event_of_another_source_is_denied(stage: Deployment) -> None:
    assert verdicts([put_by(stage, BACKEND, ["taly.backend", "taly.crm"])]) == ["ImplicitDeny"]


def test_no_producer_puts_events_of_the_systems_types(stage: Deployment) -> None:
    own = ((BACKEND, "taly.backend"), (CRM, "taly.crm"), (PARTNER, "taly.partner"))
    questions = [
        put_by(stage, principal, [source], *names)
        for principal, source in own
        for name in SYSTEM_TYPES
        for names in calls_with(name)
    ]

    assert set(verdicts(questions)) == {"ImplicitDeny"}


def calls_with(name: str) -> tuple[tuple[str, ...], ...]:
    """Return calls with one type: alone, and together with another type."""
    return ((name,), ("booking.created", name), (name, "booking.created"))


def test_an_unnamed_principal_belongs_to_a_named_organisation(stage: Deployment) -> None:
    conditions = [
        statement["Condition"]
        for _, statement in statements(stage)
        if statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"})
    ]

    assert len(conditions) == 2
    assert [each["StringEquals"] for each in conditions] == [{"aws:PrincipalOrgID": [ORGANISATION]}] * 2


def test_producers_may_only_send_to_the_ingress_queue_over_tls(stage: Deployment) -> None:
    producers = (BACKEND, CRM, PARTNER)
    others = (CRM_ACCOUNT, STRANGER)
    more = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:SetQueueAttributes")

    assert set(verdicts([send_by(stage, principal) for principal in producers])) == {"Allow"}
    assert set(verdicts([send_by(stage, principal) for principal in others])) == {"ImplicitDeny"}
    assert set(verdicts([send_by(stage, principal, each) for principal in producers for each in more])) == {
        "ImplicitDeny"
    }
    assert set(verdicts([send_by(stage, principal, is_secure=False) for principal in producers])) == {"Deny"}


def statements_of(deployment: Deployment, function: Resource, action: str) -> list[Mapping[str, Any]]:
    """Return the statements of a function's role that grant an action, all of them on one resource.

    Those on the table of causes are left out: it has no keys that belong to one function.
    """
    role = deployment.follow(function.stack, function.properties["Role"])
    found: list[Mapping[str, Any]] = [
        dict(plain(statement))
        for policy in deployment.resources("AWS::IAM::Policy")
        if role in [deployment.follow(policy.stack, each) for each in policy.properties["Roles"]]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if action in as_list(statement["Action"])
        and deployment.follow(policy.stack, as_list(statement["Resource"])[0]) != deployment.causes
    ]
    assert len({str(as_list(statement["Resource"])[0]) for statement in found}) == 1
    return found


def question(statements: list[Mapping[str, Any]], action: str, **context: object) -> PolicyCheck:
    return PolicyCheck(
        statements=statements,
        principal="arn:aws:sts::999999999999:assumed-role/of-the-function/session",
        action=action,
        resource=as_list(statements[0]["Resource"])[0],
        context={key.replace("__", ":").replace("_", "-"): value for key, value in context.items()},
    )


def test_a_function_puts_only_its_types_follow_ups_and_alerts(prod: Deployment) -> None:
    questions = {}
    for event_type in CATALOGUE:
        granted = statements_of(prod, prod.function_of(prod.queue(event_type)), "events:PutEvents")
        for source in (SOURCE, INGRESS_SOURCE, "taly.backend"):
            for each in ALL_TYPES:
                questions[event_type.name, source, each.name] = question(
                    granted, "events:PutEvents", events__source=[source], events__detail_type=each.name
                )

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        (event_type.name, SOURCE, each.name)
        for event_type in CATALOGUE
        for each in (*event_type.emits, *event_type.schedules, *ALERTS)
    }


def test_all_follow_ups_of_a_type_may_be_put_in_one_call(prod: Deployment) -> None:
    for event_type in CATALOGUE:
        granted = statements_of(prod, prod.function_of(prod.queue(event_type)), "events:PutEvents")
        own = [each.name for each in (*event_type.emits, *event_type.schedules, *ALERTS)]
        other = next(each.name for each in ALL_TYPES if each.name not in own)
        calls = (own, [*own, other])

        assert verdicts(
            [
                question(granted, "events:PutEvents", events__source=[SOURCE] * len(names), events__detail_type=names)
                for names in calls
            ]
        ) == ["Allow", "ImplicitDeny"]


def test_the_ingress_puts_events_with_no_producers_source(
    prod: Deployment,
) -> None:
    function = prod.function_of(prod.ingress)
    granted = statements_of(prod, function, "events:PutEvents")

    assert verdicts(
        [
            question(granted, "events:PutEvents", events__source=[source], events__detail_type="booking.created")
            for source in (INGRESS_SOURCE, SOURCE, "taly.backend")
        ]
    ) == ["Allow", "Allow", "ImplicitDeny"]


HEALTH_KEYS = [each.health_key for each in (READ_PAYMENT, SEND_EMAIL)]


def test_a_reaction_writes_only_its_begins_and_the_items_about_routes(prod: Deployment) -> None:
    functions = {each.name: prod.function_of(prod.queue(each)) for each in CATALOGUE if each.kind is Kind.REACTION}
    functions[QUEUE_PROCESSOR] = prod.function_of(prod.ingress)
    keys = [f"{name}{rest}" for name in (*functions, "email.send") for rest in ("#begun#m-1", "#0123abcd")]
    keys += [*HEALTH_KEYS, memory_key(Destination.CRM), "healthy#crm", "health"]
    actions = ("dynamodb:UpdateItem", "dynamodb:GetItem")
    questions = {
        (mine, action, key): question(statements_of(prod, function, action), action, dynamodb__leadingkeys=[key])
        for mine, function in functions.items()
        for action in actions
        for key in keys
    }

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        *((name, "dynamodb:UpdateItem", f"{name}#begun#m-1") for name in functions),
        *((name, action, key) for name in functions for action in actions for key in HEALTH_KEYS),
    }


def test_a_reaction_has_no_other_access_to_the_table(prod: Deployment) -> None:
    for event_type in (each for each in CATALOGUE if each.kind is Kind.REACTION):
        granted = prod.grants(prod.function_of(prod.queue(event_type)))

        assert {action for action, _ in granted if action.startswith("dynamodb:")} == {
            "dynamodb:GetItem",
            "dynamodb:UpdateItem",
        }


def test_the_notifier_reads_items_about_routes_and_writes_only_its_own(prod: Deployment) -> None:
    card = memory_key(Destination.CRM)
    keys = [*HEALTH_KEYS, card, "email.send#0123abcd", "booking.created#begun#m-1"]
    actions = ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
    questions = {
        (action, key): question(statements_of(prod, prod.notifier, action), action, dynamodb__leadingkeys=[key])
        for action in actions
        for key in keys
    }

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        *((actions[0], key) for key in (*HEALTH_KEYS, card)),
        (actions[1], card),
    }


def test_the_notifier_may_not_read_a_record_beside_an_item_about_a_route(prod: Deployment) -> None:
    action = "dynamodb:BatchGetItem"
    keys = [*HEALTH_KEYS, "email.send#0123abcd"]

    assert verdicts([question(statements_of(prod, prod.notifier, action), action, dynamodb__leadingkeys=keys)]) == [
        "ImplicitDeny"
    ]


EVENTS, TOPICS = "events.amazonaws.com", "sns.amazonaws.com"


@pytest.mark.parametrize("name", STAGES)
def test_only_a_types_rule_and_this_account_may_send_to_its_queue(stage_deployment: Synthesized, name: str) -> None:
    """Within the account IAM decides. `test_grants.py` shows that no role of the stage but the function's may send."""
    deployment = stage_deployment(name)
    checks, expected = list[PolicyCheck](), list[str]()
    for event_type in CATALOGUE:
        queue = deployment.queue(event_type)
        rule = next(rule for rule, _ in deployment.rules_to(queue) if "EventBusName" in rule.properties)
        own, other = f"arn:aws:any:::{rule.logical_id}", "arn:aws:sns:eu-central-1:123412341234:theirs"
        of_ses = plain(mail_events_rule_arn(deployment.stage.name))
        for caller, decision in (
            (PolicyCaller(EVENTS, own), "Allow"),
            (PolicyCaller(EVENTS, of_ses), "Allow" if event_type is SES_EVENT else "Deny"),
            (PolicyCaller(EVENTS, other), "Deny"),
            (PolicyCaller(TOPICS, other), "Deny"),
            (STRANGER, "Deny"),
            (BACKEND, "Deny"),
            (OPERATOR, "ImplicitDeny"),
        ):
            checks.append(send_to(deployment, queue, caller))
            expected.append(decision)

    assert verdicts(checks) == expected


@dataclass(frozen=True)
class PolicyCaller:
    """A service of AWS that sends for a resource."""

    service: str
    source_arn: str


OPERATOR = "arn:aws:sts::999999999999:assumed-role/operator/session"
"""A role of the stage's account, of which its queue policies say nothing."""


def send_to(deployment: Deployment, queue: Resource, caller: PolicyCaller | str) -> PolicyCheck:
    """Return the question whether a caller may send to a queue, by the queue's policy alone, if anything allows it."""
    service = caller if isinstance(caller, PolicyCaller) else None
    return PolicyCheck(
        statements=[with_name(deployment, each) for each in plain(deployment.queue_policy(queue))],
        principal="*" if service else str(caller),
        action="sqs:SendMessage",
        resource=f"arn:aws:any:::{queue.logical_id}",
        context={"aws:sourcearn": service.source_arn} if service else {},
        is_resource_policy=True,
        service=service.service if service else "",
    )


def mail_events_rule_arn(stage: str) -> object:
    """Return the ARN of the rule for SES's events as policies have it: made of its name."""
    parts = [
        "arn:",
        "AWS::Partition",
        ":events:",
        "AWS::Region",
        ":",
        "AWS::AccountId",
        f":rule/taly-async-{stage}-ses-events",
    ]
    return {"Fn::Join": ["", [{"Ref": part} if part.startswith("AWS::") else part for part in parts]]}


def with_name(deployment: Deployment, statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a statement with the name of the rule for SES's events in place of its logical id: both are its ARN."""
    rule = deployment.named(RULE, f"taly-async-{deployment.stage.name}-ses-events")
    name = plain(mail_events_rule_arn(deployment.stage.name))
    named: Mapping[str, Any] = json.loads(json.dumps(statement).replace(f"arn:aws:any:::{rule.logical_id}", name))
    return named


def test_only_its_rule_for_ses_and_the_bus_send_to_undeliverable(prod: Deployment) -> None:
    """Other rules of the account's default bus are not the stage's."""
    queue = prod.holding_queue(UNDELIVERABLE)
    mine = str(plain(mail_events_rule_arn("prod")))
    rule_of_bus = f"arn:aws:events:eu-central-1:999999999999:rule/arn:aws:any:::{prod.bus.logical_id}/any"

    assert verdicts(
        [send_to(prod, queue, PolicyCaller(EVENTS, arn)) for arn in (mine, rule_of_bus, f"{mine}x", "arn:aws:x:::y")]
    ) == ["Allow", "Allow", "ImplicitDeny", "ImplicitDeny"]


SUPPRESSED = suppression_key(b"key", "a company", "ada@mail.example")


def test_only_email_send_reads_and_only_its_job_changes_the_suppression_list(prod: Deployment) -> None:
    """A stolen key of `email.send` takes nobody off the list, and no other function's tells who is on it."""
    actions = ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    functions = {each.name: prod.function_of(prod.queue(each)) for each in CATALOGUE}
    functions |= {QUEUE_PROCESSOR: prod.function_of(prod.ingress), SLACK_NOTIFIER: prod.notifier}
    questions = {
        (name, action): question(statements_of(prod, function, action), action, dynamodb__leadingkeys=[SUPPRESSED])
        for name, function in functions.items()
        for action in actions
        if action in {granted for granted, _ in prod.grants(function)}
    }

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert len(questions) > 2 * len(functions)
    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        ("email.send", "dynamodb:GetItem"),
        ("email.suppression", "dynamodb:UpdateItem"),
    }


def test_a_job_accesses_only_its_types_records_and_items_about_routes(prod: Deployment) -> None:
    actions = ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    jobs = [event_type for event_type in CATALOGUE if event_type.kind is Kind.JOB]
    keys = {job.name: f"{job.name}#0123abcd" for job in jobs} | {
        key: key for key in (*HEALTH_KEYS, memory_key(Destination.CRM))
    }
    questions = {
        (mine.name, action, other): question(
            statements_of(prod, prod.function_of(prod.queue(mine)), action),
            action,
            dynamodb__leadingkeys=[key],
        )
        for mine in jobs
        for action in actions
        for other, key in keys.items()
    }

    decisions = dict(zip(questions, verdicts(list(questions.values())), strict=True))

    assert {each for each, verdict in decisions.items() if verdict == "Allow"} == {
        *((job.name, action, job.name) for job in jobs for action in actions),
        *((job.name, action, key) for job in jobs for action in actions[1:3] for key in HEALTH_KEYS),
    }
