"""The composite alarm: the one to page on."""

import re

from schemas import signals
from schemas.names import SYSTEM
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarming import alarms, composite

MOST_CHILDREN = 100
LONGEST_RULE = 10_240
"""Characters (CloudWatch, PutCompositeAlarm)."""


def children(deployment: Deployment) -> list[Resource]:
    """The alarms that its rule refers to."""
    (_, parts) = composite(deployment).properties["AlarmRule"]["Fn::Join"]
    return [deployment.follow(deployment.monitoring, part) for part in parts if isinstance(part, dict)]


def rule(deployment: Deployment) -> str:
    """With names in it, as CloudWatch gets it."""
    (_, parts) = composite(deployment).properties["AlarmRule"]["Fn::Join"]
    names = (
        part if isinstance(part, str) else deployment.follow(deployment.monitoring, part).properties["AlarmName"]
        for part in parts
    )
    return "".join(names)


def test_it_is_on_while_any_of_its_alarms_is(prod: Deployment) -> None:
    terms = rule(prod).split(" OR ")

    names = [re.fullmatch(r'ALARM\("([^"]+)"\)', term) for term in terms]

    assert [name[1] for name in names if name] == [child.properties["AlarmName"] for child in children(prod)]


def test_its_alarms_are_those_of_dead_letters_and_of_the_system(prod: Deployment) -> None:
    given_up = {signals.DEAD_LETTERS.slug, signals.REFUSED.slug}
    expected = {alarm for (subject, slug), alarm in alarms(prod).items() if subject == SYSTEM or slug in given_up}

    assert set(children(prod)) == expected
    assert len(children(prod)) == len(expected) <= MOST_CHILDREN


def test_its_rule_is_no_longer_than_cloudwatch_takes(prod: Deployment) -> None:
    assert len(rule(prod)) <= LONGEST_RULE
