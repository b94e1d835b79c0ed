"""Who may put what on the bus and send to the ingress queue, judged by the emulator's evaluator of policies."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import ALERTS, ALL_TYPES, CATALOGUE
from schemas.event_type import Kind
from schemas.names import INGRESS_SOURCE, SOURCE, MessagingOutput
from tests.infrastructure.deployment import Deployment, Resource, as_list, statements, synthesize
from tests.security.evaluator import Question, plain, verdicts

BACKEND = "arn:aws:sts::111122223333:assumed-role/any/of-the-account"
CRM = "arn:aws:sts::444455556666:assumed-role/crm/session"
CRMS_NEIGHBOUR = "arn:aws:sts::444455556666:assumed-role/other/session"
OF_THE_ORGANISATION = "arn:aws:sts::777788889999:assumed-role/any/session"
STRANGER = "arn:aws:sts::123412341234:assumed-role/any/session"
ORGANISATION = "o-a1b2c3d4e5"
PRODUCERS = f"taly.backend=111122223333,taly.crm=arn:aws:iam::444455556666:role/crm,taly.partner={ORGANISATION}"
SYSTEM_TYPES = ("system.dead_lettered", "system.heartbeat")
"""Said here apart from the catalogue: what is added there must be thought of here."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesize(tmp_path_factory.mktemp("producers"), stage="dev", producers=PRODUCERS)


def belongs(principal: str) -> dict[str, object]:
    """What AWS says of a caller besides: the organisation of its account."""
    return {"aws:principalorgid": ORGANISATION} if principal == OF_THE_ORGANISATION else {}


def put_by(stage: Deployment, principal: str, sources: list[str], *names: str) -> Question:
    """One call; AWS may look at its events one by one or at all at once: both must come to the same."""
    policies = stage.resources("AWS::Events::EventBusPolicy")
    bus = stage.output(stage.messaging, MessagingOutput.EVENT_BUS_NAME)
    assert all(stage.follow(each.stack, each.properties["EventBusName"]) == bus for each in policies)
    return Question(
        statements=[plain(each.properties["Statement"]) for each in policies],
        principal=principal,
        action="events:PutEvents",
        resource=f"arn:aws:any:::{bus.logical_id}",
        context={
            "events:source": sources,
            "events:detail-type": list(names or ["booking.created"]),
            **belongs(principal),
        },
        is_resource_policy=True,
    )


def send_by(stage: Deployment, principal: str, action: str = "sqs:SendMessage", *, is_secure: bool = True) -> Question:
    queue = stage.output(stage.messaging, MessagingOutput.INGRESS_QUEUE_URL)
    return Question(
        statements=plain(stage.queue_policy(queue)),
        principal=principal,
        action=action,
        resource=f"arn:aws:any:::{queue.logical_id}",
        context=belongs(principal),
        is_secure=is_secure,
        is_resource_policy=True,
    )


def test_each_producer_puts_events_as_its_own_source_and_as_no_others(stage: Deployment) -> None:
    asked = {
        (whom, source): put_by(stage, whom, [source])
        for whom in (BACKEND, CRM, CRMS_NEIGHBOUR, OF_THE_ORGANISATION, STRANGER)
        for source in ("taly.backend", "taly.crm", "taly.partner", "taly.elsewhere", SOURCE)
    }

    answers = dict(zip(asked, verdicts(list(asked.values())), strict=True))

    assert {each for each, verdict in answers.items() if verdict == "Allow"} == {
        (BACKEND, "taly.backend"),
        (CRM, "taly.crm"),
        (OF_THE_ORGANISATION, "taly.partner"),
    }


def test_one_event_of_anothers_source_among_ones_own_is_not_let_in_with_them(stage: Deployment) -> None:
    assert verdicts([put_by(stage, BACKEND, ["taly.backend", "taly.crm"])]) == ["ImplicitDeny"]


def test_no_producer_says_what_the_system_says(stage: Deployment) -> None:
    own = ((BACKEND, "taly.backend"), (CRM, "taly.crm"), (OF_THE_ORGANISATION, "taly.partner"))
    asked = [
        put_by(stage, whom, [source], *names) for whom, source in own for name in SYSTEM_TYPES for names in mixed(name)
    ]

    assert set(verdicts(asked)) == {"ImplicitDeny"}


def mixed(name: str) -> tuple[tuple[str, ...], ...]:
    """A type alone, and among others in one call."""
    return ((name,), ("booking.created", name), (name, "booking.created"))


def test_whoever_is_let_in_without_a_name_belongs_to_an_organisation_that_the_stage_names(stage: Deployment) -> None:
    nameless = [
        statement["Condition"]
        for _, statement in statements(stage)
        if statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"})
    ]

    assert len(nameless) == 2
    assert [each["StringEquals"] for each in nameless] == [{"aws:PrincipalOrgID": [ORGANISATION]}] * 2


def test_producers_send_to_the_ingress_queue_over_tls_and_do_nothing_else_there(stage: Deployment) -> None:
    producers = (BACKEND, CRM, OF_THE_ORGANISATION)
    others = (CRMS_NEIGHBOUR, STRANGER)
    more = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:SetQueueAttributes")

    assert set(verdicts([send_by(stage, whom) for whom in producers])) == {"Allow"}
    assert set(verdicts([send_by(stage, whom) for whom in others])) == {"ImplicitDeny"}
    assert set(verdicts([send_by(stage, whom, each) for whom in producers for each in more])) == {"ImplicitDeny"}
    assert set(verdicts([send_by(stage, whom, is_secure=False) for whom in producers])) == {"Deny"}


def statement_of(deployment: Deployment, function: Resource, action: str) -> Mapping[str, Any]:
    """The one statement of a function's role that grants an action."""
    role = deployment.follow(function.stack, function.properties["Role"])
    (found,) = (
        plain(statement)
        for policy in deployment.resources("AWS::IAM::Policy")
        if role in [deployment.follow(policy.stack, each) for each in policy.properties["Roles"]]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if action in as_list(statement["Action"])
    )
    return dict(found)


def asked_of(statement: Mapping[str, Any], action: str, **context: object) -> Question:
    return Question(
        statements=[statement],
        principal="arn:aws:sts::999999999999:assumed-role/of-the-function/session",
        action=action,
        resource=statement["Resource"] if isinstance(statement["Resource"], str) else statement["Resource"][0],
        context={key.replace("__", ":").replace("_", "-"): value for key, value in context.items()},
    )


def test_a_function_puts_what_follows_by_the_catalogue_as_the_system_and_nothing_else(prod: Deployment) -> None:
    asked = {}
    for event_type in CATALOGUE:
        statement = statement_of(prod, prod.function_of(prod.queue(event_type)), "events:PutEvents")
        for source in (SOURCE, INGRESS_SOURCE, "taly.backend"):
            for each in ALL_TYPES:
                asked[event_type.name, source, each.name] = asked_of(
                    statement, "events:PutEvents", events__source=[source], events__detail_type=each.name
                )

    answers = dict(zip(asked, verdicts(list(asked.values())), strict=True))

    assert {each for each, verdict in answers.items() if verdict == "Allow"} == {
        (event_type.name, SOURCE, each.name)
        for event_type in CATALOGUE
        for each in (*event_type.emits, *event_type.schedules, *ALERTS)
    }


def test_all_that_follows_one_message_may_be_put_in_one_call_and_nothing_else_with_it(prod: Deployment) -> None:
    for event_type in CATALOGUE:
        statement = statement_of(prod, prod.function_of(prod.queue(event_type)), "events:PutEvents")
        own = [each.name for each in (*event_type.emits, *event_type.schedules, *ALERTS)]
        other = next(each.name for each in ALL_TYPES if each.name not in own)
        calls = (own, [*own, other])

        assert verdicts(
            [
                asked_of(statement, "events:PutEvents", events__source=[SOURCE] * len(names), events__detail_type=names)
                for names in calls
            ]
        ) == ["Allow", "ImplicitDeny"]


def test_the_ingress_puts_events_as_the_ingress_and_alerts_as_the_system_and_none_as_a_producer(
    prod: Deployment,
) -> None:
    function = prod.function_of(prod.output(prod.messaging, MessagingOutput.INGRESS_QUEUE_URL))
    statement = statement_of(prod, function, "events:PutEvents")

    assert verdicts(
        [
            asked_of(statement, "events:PutEvents", events__source=[source], events__detail_type="booking.created")
            for source in (INGRESS_SOURCE, SOURCE, "taly.backend")
        ]
    ) == ["Allow", "Allow", "ImplicitDeny"]


def test_a_job_remembers_its_own_type_and_can_forget_no_others(prod: Deployment) -> None:
    actions = ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    jobs = [event_type for event_type in CATALOGUE if event_type.kind is Kind.JOB]
    asked = {
        (mine.name, action, other.name): asked_of(
            statement_of(prod, prod.function_of(prod.queue(mine)), action),
            action,
            dynamodb__leadingkeys=[f"{other.name}#0123abcd"],
        )
        for mine in jobs
        for action in actions
        for other in jobs
    }

    answers = dict(zip(asked, verdicts(list(asked.values())), strict=True))

    assert {each for each, verdict in answers.items() if verdict == "Allow"} == {
        (job.name, action, job.name) for job in jobs for action in actions
    }
