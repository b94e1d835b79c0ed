"""Names that AWS or another resource would refuse are refused before anything is synthesized."""

from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind
from schemas.names import dead_letter_queue_name, queue_name, resource_name
from schemas.wire import Payload
from stacks.errors import CannotSynthesizeError
from stacks.limits.resource_names import FIXED, LONGEST_NAME, check_names
from tests.infrastructure.deployment import Deployment

NAMED = {"AWS::SQS::Queue": "QueueName", "AWS::Lambda::Function": "FunctionName", "AWS::Events::Rule": "Name"}


class Nothing(Payload):
    pass


def named(name: str) -> EventType[Any]:
    return EventType(name, Nothing, Kind.REACTION)


def refusal(*names: str, stage: str = "prod") -> str:
    with pytest.raises(CannotSynthesizeError) as caught:
        check_names([named(name) for name in names], stage)
    return str(caught.value)


def test_the_catalogue_has_possible_names_on_the_longest_stage() -> None:
    check_names(CATALOGUE, "a" * 16)


def test_types_that_differ_in_punctuation_alone_are_refused() -> None:
    assert refusal("loyalty.points_awarded", "loyalty.points.awarded") == (
        "type loyalty.points_awarded and type loyalty.points.awarded would both be named "
        "taly-async-prod-loyalty-points-awarded, as `.` and `_` become `-`: rename the type"
    )


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("queue.processor", "the ingress function"),
        ("slack.notifier", "the Slack notifier"),
        ("dead.schedules", "the holding queue `dead-schedules`"),
        ("catch.all", "the rule for events of no type"),
    ],
)
def test_a_name_of_the_system_itself_is_refused(name: str, owner: str) -> None:
    assert refusal(name).startswith(f"{owner} and type {name} would both be named taly-async-prod-")


@pytest.mark.parametrize("names", [("a.b", "a.b.dlq"), ("a.b_dlq",), ("ingress.dlq",)], ids=" ".join)
def test_a_name_like_a_dead_letter_queues_is_refused(names: tuple[str, ...]) -> None:
    assert "like a dead-letter queue: rename the type, so that its name does not end in dlq" in refusal(*names)


@pytest.mark.parametrize("stage", ["qa", "integration"])
def test_a_name_of_64_characters_is_possible_and_one_of_65_not(stage: str) -> None:
    longest = "a." + "b" * (LONGEST_NAME - len(resource_name(stage, "a.")))

    check_names([named(longest)], stage)
    assert refusal(f"{longest}c", stage=stage) == (
        f"the function of type {longest}c would be named {resource_name(stage, longest)}c, which has 65 characters, "
        "and Lambda takes 64: shorten the name of the type or of the stage by 1"
    )


def test_every_named_resource_is_a_types_or_listed_here(prod: Deployment) -> None:
    """Or a new resource of the system could take the name of a type."""
    services = [*FIXED, *(event_type.name for event_type in CATALOGUE)]
    of_services = {resource_name("prod", each) for each in services}
    of_services |= {name("prod", each) for each in services for name in (queue_name, dead_letter_queue_name)}

    found = {each.properties[key] for kind, key in NAMED.items() for each in prod.resources(kind)}

    assert found - of_services == set()
    assert {resource_name("prod", each) for each in FIXED} - found == set()
