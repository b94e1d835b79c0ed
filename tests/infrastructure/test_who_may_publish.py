"""Who may put what on the bus and send to the ingress queue, judged as AWS judges policies."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import ALERTS, ALL_TYPES, CATALOGUE
from schemas.names import SOURCE, MessagingOutput
from tests.infrastructure.deployment import Deployment, Resource, as_list, synthesize
from tests.security.evaluator import Question, plain, verdicts

BACKEND = "arn:aws:sts::111122223333:assumed-role/any/of-the-account"
CRM = "arn:aws:sts::444455556666:assumed-role/crm/session"
CRMS_NEIGHBOUR = "arn:aws:sts::444455556666:assumed-role/other/session"
OF_THE_ORGANISATION = "arn:aws:sts::777788889999:assumed-role/any/session"
STRANGER = "arn:aws:sts::123412341234:assumed-role/any/session"
ORGANISATION = "o-a1b2c3d4e5"
PRODUCERS = f"taly.backend=111122223333,taly.crm=arn:aws:iam::444455556666:role/crm,taly.partner={ORGANISATION}"
ALERT = ALERTS[0].name


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesize(tmp_path_factory.mktemp("producers"), stage="dev", producers=PRODUCERS)


def belongs(principal: str) -> dict[str, object]:
    """What AWS says of a caller besides: the organisation of its account."""
    return {"aws:principalorgid": ORGANISATION} if principal == OF_THE_ORGANISATION else {}


def put_by(stage: Deployment, principal: str, sources: list[str], name: str = "booking.created") -> Question:
    policies = stage.resources("AWS::Events::EventBusPolicy")
    bus = stage.output(stage.messaging, MessagingOutput.EVENT_BUS_NAME)
    assert all(stage.follow(each.stack, each.properties["EventBusName"]) == bus for each in policies)
    return Question(
        statements=[plain(each.properties["Statement"]) for each in policies],
        principal=principal,
        action="events:PutEvents",
        resource=f"arn:aws:any:::{bus.logical_id}",
        context={"events:source": sources, "events:detail-type": name, **belongs(principal)},
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


def test_no_producer_tells_people_what_the_system_tells_them(stage: Deployment) -> None:
    own = ((BACKEND, "taly.backend"), (CRM, "taly.crm"), (OF_THE_ORGANISATION, "taly.partner"))

    assert set(verdicts([put_by(stage, whom, [source], ALERT) for whom, source in own])) == {"ImplicitDeny"}


def test_producers_send_to_the_ingress_queue_over_tls_and_do_nothing_else_there(stage: Deployment) -> None:
    producers = (BACKEND, CRM, OF_THE_ORGANISATION)
    others = (CRMS_NEIGHBOUR, STRANGER)
    more = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:SetQueueAttributes")

    assert set(verdicts([send_by(stage, whom) for whom in producers])) == {"Allow"}
    assert set(verdicts([send_by(stage, whom) for whom in others])) == {"ImplicitDeny"}
    assert set(verdicts([send_by(stage, whom, each) for whom in producers for each in more])) == {"ImplicitDeny"}
    assert set(verdicts([send_by(stage, whom, is_secure=False) for whom in producers])) == {"Deny"}


def statements_of(deployment: Deployment, function: Resource) -> list[Mapping[str, Any]]:
    role = deployment.follow(function.stack, function.properties["Role"])
    return [
        plain(statement)
        for policy in deployment.resources("AWS::IAM::Policy")
        if role in [deployment.follow(policy.stack, each) for each in policy.properties["Roles"]]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if "events:PutEvents" in as_list(statement["Action"])
    ]


def test_a_function_puts_what_follows_by_the_catalogue_as_the_system_and_nothing_else(prod: Deployment) -> None:
    asked = {}
    for event_type in CATALOGUE:
        (statement,) = statements_of(prod, prod.function_of(prod.queue(event_type)))
        for source in (SOURCE, "taly.backend"):
            for each in ALL_TYPES:
                asked[event_type.name, source, each.name] = Question(
                    statements=[statement],
                    principal=STRANGER,
                    action="events:PutEvents",
                    resource=statement["Resource"],
                    context={"events:source": [source], "events:detail-type": each.name},
                )

    answers = dict(zip(asked, verdicts(list(asked.values())), strict=True))

    assert {each for each, verdict in answers.items() if verdict == "Allow"} == {
        (event_type.name, SOURCE, each.name)
        for event_type in CATALOGUE
        for each in (*event_type.emits, *event_type.schedules, *ALERTS)
    }
