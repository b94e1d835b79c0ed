"""The composite alarm to page on: its children and its rule."""

import re

from schemas import signals
from schemas.names import SYSTEM
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import alarms, composite


def children(deployment: Deployment) -> list[Resource]:
    """Return the alarms that the composite alarm's rule refers to."""
    (_, parts) = composite(deployment).properties["AlarmRule"]["Fn::Join"]
    return [deployment.follow(deployment.monitoring, part) for part in parts if isinstance(part, dict)]


def rule(deployment: Deployment) -> str:
    """Return the rule with the alarms' names filled in."""
    (_, parts) = composite(deployment).properties["AlarmRule"]["Fn::Join"]
    names = (
        part if isinstance(part, str) else deployment.follow(deployment.monitoring, part).properties["AlarmName"]
        for part in parts
    )
    return "".join(names)


def test_the_composite_alarm_is_on_while_any_child_is_on(prod: Deployment) -> None:
    terms = rule(prod).split(" OR ")

    names = [re.fullmatch(r'ALARM\("([^"]+)"\)', term) for term in terms]

    assert [name[1] for name in names if name] == [child.properties["AlarmName"] for child in children(prod)]


def test_the_children_are_the_alarms_on_dead_letters_and_the_system(prod: Deployment) -> None:
    dead_letter_slugs = {signals.DEAD_LETTERS.slug, signals.REFUSED.slug}
    expected = {
        alarm for (subject, slug), alarm in alarms(prod).items() if subject == SYSTEM or slug in dead_letter_slugs
    }

    assert set(children(prod)) == expected
    assert len(children(prod)) == len(expected)
