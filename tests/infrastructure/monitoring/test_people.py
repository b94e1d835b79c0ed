"""The policies for people, judged by the emulator's policy evaluator with the ARNs that resources have in AWS."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from schemas.names import (
    ALERTS,
    AUDIT,
    CAUSES,
    DEAD_LETTER_KEEPER,
    IDEMPOTENCY,
    QUEUE_PROCESSOR,
    REDO,
    SLACK_NOTIFIER,
    dead_letter_queue_name,
    ingress_queue_url_parameter,
    log_group_name,
    queue_name,
    resource_name,
    schedule_group_name,
    stack_name,
)
from schemas.pauses import SUBJECT_TAG, TAGS
from schemas.people import StagePolicy
from schemas.system import SYSTEM_HEARTBEAT
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, as_list
from tests.security.access import OPERATOR, PEOPLE, VIEWER, Access, Actor, Place, allowed
from tests.security.evaluator import PolicyCheck, plain, verdicts
from tests.security.trials import tried_by

REGION, ACCOUNT = "eu-central-1", "999999999999"
PERSON = f"arn:aws:sts::{ACCOUNT}:assumed-role/person/ada"

OF_EVERY_STAGE = {
    Place.ACCOUNT,
    Place.MAIL_ACCOUNT,
    Place.MAIL_IDENTITY,
    Place.TEXT_ACCOUNT,
    Place.BOOTSTRAP_ROLES,
}
"""Places that the stages of an account share."""

ON_ANY_RESOURCE = {
    "cloudwatch:DescribeAlarmHistory": "composite alarms are shown only to those who may describe all (CloudWatch API)",
    "cloudwatch:DescribeAlarms": "composite alarms are shown only to those who may describe all (CloudWatch API)",
    "cloudwatch:GetMetricData": "alarms and dashboards are about metrics, which have no ARN",
    "cloudwatch:ListMetrics": "metrics have no ARN",
    "logs:GetQueryResults": "a query's id is known only to the person who started it",
    "servicequotas:GetServiceQuota": "the quotas of the account",
}
"""Actions that are allowed on `*` though AWS lists a resource for them, with the reason."""

OF_STREAMS = {"logs:CreateLogStream", "logs:GetLogEvents", "logs:PutLogEvents"}

SHOW_PAYLOADS = {
    "sqs:ReceiveMessage": "the message",
    "sqs:StartMessageMoveTask": "moves messages to a queue that may be somebody's own",
    "sqs:SetQueueAttributes": "lets a queue's policy admit anybody",
    "sqs:AddPermission": "lets anybody receive",
    "scheduler:GetSchedule": "the message to send",
    "events:PutRule": "copies events elsewhere, with PutTargets",
    "events:PutTargets": "copies events elsewhere, with PutRule",
    "events:StartReplay": "puts archived events on the bus again",
    "lambda:InvokeFunction": "processes what it is given",
    "lambda:UpdateFunctionCode": "code that reads messages",
    "lambda:UpdateFunctionConfiguration": "layers that read messages",
    "secretsmanager:GetSecretValue": "the token of the CRM, which answers with all data",
    "kms:Decrypt": "what is encrypted",
    "sns:Subscribe": "sends alarms elsewhere",
    "logs:PutSubscriptionFilter": "sends logs elsewhere",
    "iam:PassRole": "lets a service of AWS act as a role of the stage",
    "sts:AssumeRole": "acts as a role of the stage",
    "dynamodb:Scan": "every record",
    "dynamodb:Query": "every record of a key",
    "dynamodb:ExportTableToPointInTime": "every record",
    "s3:GetObject": "what is stored elsewhere",
}
"""Actions that show what is in messages, or let somebody see it later, with what they show."""

each_person = pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)


def arn(service: str, resource: str, *, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def arns(stage: str) -> dict[Place, list[str]]:
    """Return the ARNs of a stage's resources as AWS checks actions against them, by place."""

    def sqs(name: str) -> list[str]:
        return [arn("sqs", name)]

    bus, archive = arn("events", f"event-bus/{resource_name(stage)}"), arn("events", f"archive/{resource_name(stage)}")
    parameter = ingress_queue_url_parameter(stage)
    return {
        Place.ANOTHERS_QUEUE: sqs(queue_name(stage, "booking.created")),
        Place.ANOTHERS_DEAD_LETTERS: sqs(dead_letter_queue_name(stage, "booking.created")),
        Place.INGRESS: sqs(queue_name(stage, QUEUE_PROCESSOR)),
        Place.INGRESS_DEAD_LETTERS: sqs(dead_letter_queue_name(stage, QUEUE_PROCESSOR)),
        Place.SCHEDULE_DEAD_LETTERS: sqs(f"taly-async-{stage}-dead-schedules"),
        Place.DRILLS_DEAD_LETTERS: sqs(dead_letter_queue_name(stage, SYSTEM_HEARTBEAT.name)),
        Place.UNROUTED: sqs(f"taly-async-{stage}-unrouted"),
        Place.UNDELIVERABLE: sqs(f"taly-async-{stage}-undeliverable"),
        Place.REDO_QUEUE: sqs(resource_name(stage, REDO)),
        Place.ALERTS: sqs(queue_name(stage, ALERTS)),
        Place.BUS: [bus],
        Place.DEFAULT_BUS: [arn("events", "event-bus/default")],
        Place.ANOTHERS_LOGS: [arn("logs", f"log-group:{log_group_name(stage, 'booking.created')}")],
        Place.AUDIT_LOGS: [arn("logs", f"log-group:{resource_name(stage, AUDIT)}")],
        Place.CRM_TOKEN: [arn("secretsmanager", "secret:CrmToken-a1b2c3")],
        Place.SLACK_WEBHOOK: [arn("secretsmanager", "secret:Webhook-a1b2c3")],
        Place.SUPPRESSION_KEY: [arn("secretsmanager", "secret:SuppressionKey-a1b2c3")],
        Place.TABLE: [arn("dynamodb", f"table/{resource_name(stage, IDEMPOTENCY)}")],
        Place.CAUSES: [arn("dynamodb", f"table/{resource_name(stage, CAUSES)}")],
        Place.SENDER: [arn("ses", "identity/mail.taly.example")],
        Place.MAIL_IDENTITY: [arn("ses", "identity/mail.taly.example")],
        Place.ALARMS_TOPIC: [arn("sns", resource_name(stage, ALERTS))],
        Place.NOTIFIER_TOPIC: [arn("sns", resource_name(stage, SLACK_NOTIFIER))],
        Place.TOPICS_KEY: [arn("kms", "key/1")],
        Place.SCHEDULES: [arn("scheduler", f"schedule/{schedule_group_name(stage)}/reminder")],
        Place.ANOTHERS_FUNCTION: [arn("lambda", f"function:{resource_name(stage, 'booking.created')}")],
        Place.MAPPINGS: [arn("lambda", "event-source-mapping:0b7e4a52-3c1e-4d5b-9a64-2f8e1c0b9a11")],
        Place.NOTIFIER: [arn("lambda", f"function:{resource_name(stage, SLACK_NOTIFIER)}")],
        Place.KEEPER: [arn("lambda", f"function:{resource_name(stage, DEAD_LETTER_KEEPER)}")],
        Place.ROLE: [arn("iam", "role/person", region="")],
        Place.ANOTHERS_ROLE: [arn("iam", f"role/{resource_name(stage, 'scheduler')}", region="")],
        Place.RULES: [arn("events", f"rule/{resource_name(stage)}/{resource_name(stage, 'booking.created')}")],
        Place.ARCHIVE: [archive],
        Place.REPLAYS: [arn("events", f"replay/{resource_name(stage, '20260414T120000')}")],
        Place.STACKS: [arn("cloudformation", f"stack/{stack_name(stage, 'Processing')}/0b7e4a52")],
        Place.DASHBOARD: [arn("cloudwatch", f"dashboard/{resource_name(stage)}", region="")],
        Place.PARAMETERS: [arn("ssm", f"parameter{parameter}")],
        Place.BOOTSTRAP_ROLES: [
            arn("iam", f"role/cdk-hnb659fds-{name}-role-{ACCOUNT}-{REGION}", region="")
            for name in ("deploy", "file-publishing", "lookup")
        ],
    }


def statements_of(deployment: Deployment, policy: str) -> list[dict[str, Any]]:
    (found,) = (
        each
        for each in deployment.resources("AWS::IAM::ManagedPolicy")
        if each.properties["ManagedPolicyName"] == resource_name(deployment.stage.name, policy)
    )
    return list(plain(found.properties["PolicyDocument"]["Statement"]))


def resources_of(access: Access, stage: str) -> list[str]:
    """Return the resources that AWS checks; `*` for what has none."""
    places = arns(stage)
    found = places.get(access.place, ["*"])
    if access.action in OF_STREAMS:
        return [f"{group}:log-stream:2026-04-14" for group in found]
    if access.action == "events:StartReplay":
        return [*found, *places[Place.BUS], *places[Place.REPLAYS]]
    return ["*"] if access.action == "scheduler:ListSchedules" else found


def checks(deployment: Deployment, person: Actor, access: Access, stage: str, **context: object) -> list[PolicyCheck]:
    """Return one check for each resource of an access in a stage."""
    of_stage = {
        "aws:resourcetag/aws:cloudformation:stack-name": stack_name(stage, "Processing"),
        "dynamodb:leadingkeys": ["health#crm#GET /internal/appointments/{id}"],
        "events:source": ["taly.ops"],
        "events:detail-type": ["booking.created"],
        "lambda:functionarn": arn("lambda", f"function:{resource_name(stage, 'booking.created')}"),
        "aws:resourcetag/application": "taly-async",
        "aws:resourcetag/stage": stage,
        "aws:tagkeys": [*TAGS],
    }
    return [
        PolicyCheck(
            statements=statements_of(deployment, person.name),
            principal=PERSON,
            action=access.action,
            resource=resource,
            context={**of_stage, **context},
        )
        for resource in resources_of(access, stage)
    ]


def judged(deployment: Deployment, person: Actor, accesses: list[Access], stage: str) -> dict[Access, set[str]]:
    """Return the verdicts about each access."""
    asked = [(access, check) for access in accesses for check in checks(deployment, person, access, stage)]
    found: dict[Access, set[str]] = {access: set() for access in accesses}
    for (access, _), verdict in zip(asked, verdicts([check for _, check in asked]), strict=True):
        found[access].add(verdict)
    return found


@each_person
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_policy_allows_what_is_listed_and_nothing_else(
    stage_deployment: Synthesized, stage: str, person: Actor
) -> None:
    listed = allowed(person)
    accesses = sorted(listed | tried_by(person).keys())

    found = judged(stage_deployment(stage), person, accesses, stage)

    assert len(accesses) > len(listed)
    assert found == {access: {"Allow"} if access in listed else {"ImplicitDeny"} for access in accesses}


@each_person
@pytest.mark.parametrize("other", ["dev", "prod2", "pro"])
def test_a_policy_allows_nothing_of_another_stage(prod: Deployment, person: Actor, other: str) -> None:
    of_stage = sorted(
        access
        for access in allowed(person)
        if access.place not in OF_EVERY_STAGE and access.action != "scheduler:ListSchedules"
    )

    found = judged(prod, person, of_stage, other)

    assert of_stage
    assert {verdict for each in found.values() for verdict in each - {"ImplicitDeny"}} == set()


def test_a_viewer_can_see_no_payload_anywhere(prod: Deployment) -> None:
    places = arns("prod")
    everywhere = [*(each for some in places.values() for each in some), "*", "arn:aws:s3:::any/thing"]
    no_payload = {("dynamodb:Scan", each) for each in places[Place.CAUSES]}  # codes, figures and redacted errors
    asked = [
        PolicyCheck(statements=statements_of(prod, VIEWER.name), principal=PERSON, action=action, resource=resource)
        for action in SHOW_PAYLOADS
        for resource in everywhere
        if (action, resource) not in no_payload
    ]

    assert set(verdicts(asked)) == {"ImplicitDeny"}


@each_person
@pytest.mark.parametrize("action", ["dynamodb:GetItem", "dynamodb:BatchGetItem"])
@pytest.mark.parametrize("key", ["email.send#digest", "cards#crm", "booking.created#begun#1"])
def test_only_what_is_known_of_called_systems_is_read_in_the_table(
    prod: Deployment, person: Actor, action: str, key: str
) -> None:
    keys = {"dynamodb:leadingkeys": ["health#ses#SendEmail", key]}

    assert verdicts(checks(prod, person, Access(action, Place.TABLE), "prod", **keys)) == ["ImplicitDeny"]


@pytest.mark.parametrize(
    "event",
    [
        {"events:source": ["taly.backend"]},
        {"events:source": ["taly.queue-processor"]},
        {"events:source": ["taly.ops", "taly.backend"]},
        {"events:detail-type": ["system.heartbeat"]},
        {"events:detail-type": ["booking.created", "system.dead_lettered"]},
    ],
    ids=str,
)
def test_an_operator_puts_only_operators_events_on_the_bus(prod: Deployment, event: Mapping[str, object]) -> None:
    operator = Actor(StagePolicy.OPERATOR)

    assert verdicts(checks(prod, operator, Access("events:PutEvents", Place.BUS), "prod", **event)) == ["ImplicitDeny"]


@pytest.mark.parametrize("action", ["UpdateEventSourceMapping", "TagResource", "UntagResource"])
def test_only_an_operator_pauses(prod: Deployment, action: str) -> None:
    access = Access(f"lambda:{action}", Place.MAPPINGS)

    asked = [check for person in PEOPLE for check in checks(prod, person, access, "prod")]

    assert dict(zip([person.name for person in PEOPLE], verdicts(asked), strict=True)) == {
        "viewer": "ImplicitDeny",
        "operator": "Allow",
        "deployer": "ImplicitDeny",
    }


@pytest.mark.parametrize("function", ["taly-async-dev-booking-created", "another", "taly-async-prod2-booking-created"])
def test_an_operator_changes_no_mapping_of_other_functions(prod: Deployment, function: str) -> None:
    access = Access("lambda:UpdateEventSourceMapping", Place.MAPPINGS)
    context = {"lambda:functionarn": arn("lambda", f"function:{function}")}

    assert verdicts(checks(prod, OPERATOR, access, "prod", **context)) == ["ImplicitDeny"]


@pytest.mark.parametrize("action", ["TagResource", "UntagResource"])
@pytest.mark.parametrize(
    "context",
    [
        {"aws:tagkeys": ["stage"]},
        {"aws:tagkeys": [SUBJECT_TAG, "application"]},
        {"aws:resourcetag/stage": "dev"},
        {"aws:resourcetag/application": "another"},
        {"aws:resourcetag/stage": None},
    ],
    ids=str,
)
def test_an_operator_sets_only_tags_about_pauses_of_the_stage(
    prod: Deployment, action: str, context: Mapping[str, object]
) -> None:
    access = Access(f"lambda:{action}", Place.MAPPINGS)

    assert verdicts(checks(prod, OPERATOR, access, "prod", **context)) == ["ImplicitDeny"]


@each_person
@pytest.mark.parametrize("owner", [stack_name("dev", "Processing"), "Another", None])
def test_secrets_that_the_stage_did_not_create_are_out_of_reach(
    prod: Deployment, person: Actor, owner: str | None
) -> None:
    tag = {"aws:resourcetag/aws:cloudformation:stack-name": owner}
    secret = [each for each in allowed(person) if each.place is Place.CRM_TOKEN]

    asked = [check for access in secret for check in checks(prod, person, access, "prod", **tag)]

    assert set(verdicts(asked)) == {"ImplicitDeny"}


def test_each_stage_creates_the_three_policies_and_attaches_none(deployment: Deployment) -> None:
    created = deployment.resources("AWS::IAM::ManagedPolicy")

    names = {each.properties["ManagedPolicyName"] for each in created}
    assert names == {f"taly-async-{deployment.stage.name}-{policy}" for policy in ("viewer", "operator", "deployer")}
    assert [each for each in created if {"Roles", "Users", "Groups"} & each.properties.keys()] == []


def actions(deployment: Deployment, *, on: str = "") -> Iterator[str]:
    """Yield the actions of all policies for people; only those on a resource, if one is given."""
    for policy in StagePolicy:
        for statement in statements_of(deployment, policy):
            if not on or on in as_list(statement["Resource"]):
                yield from as_list(statement["Action"])


@pytest.fixture(scope="module")
def authorization_reference() -> Mapping[str, Any]:
    """AWS's Service Authorization Reference, as cfn-lint ships it."""
    text = files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text()
    return dict(json.loads(text))


def known(reference: Mapping[str, Any], action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    return next((found for key, found in reference[service]["Actions"].items() if key == name.lower()), None)


def test_every_action_is_known_to_aws(prod: Deployment, authorization_reference: Mapping[str, Any]) -> None:
    assert [action for action in actions(prod) if known(authorization_reference, action) is None] == []


def test_only_actions_without_a_resource_are_allowed_on_all(
    prod: Deployment, authorization_reference: Mapping[str, Any]
) -> None:
    with_resources = {
        action for action in actions(prod, on="*") if (known(authorization_reference, action) or {}).get("Resources")
    }

    assert with_resources == set(ON_ANY_RESOURCE)
