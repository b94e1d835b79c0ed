"""The composite alarm to page on: its children and its rule."""

import re

from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import SYSTEM
from schemas.webhooks import WEBHOOK_DELIVER
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import alarms, composite

TO_STRANGERS = [each.name for each in CATALOGUE if each.delivery_delays]
"""Types whose receivers are other people's systems."""

MAX_CHILDREN = 100
"""Alarms that a composite alarm may refer to (CloudWatch User Guide, "Create a composite alarm")."""


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
    expected |= {alarms(prod)[name, slug] for name in TO_STRANGERS for slug in ("errors", "failing")}

    assert set(children(prod)) == expected
    assert len(children(prod)) == len(expected) <= MAX_CHILDREN


def test_no_dead_letter_of_a_type_with_receivers_of_others_pages(prod: Deployment) -> None:
    assert [WEBHOOK_DELIVER.name] == TO_STRANGERS
    for name in TO_STRANGERS:
        assert alarms(prod)[name, signals.UNDELIVERED_WEBHOOKS.slug] not in children(prod)
        assert (name, signals.DEAD_LETTERS.slug) not in alarms(prod)


def test_a_dead_letter_of_every_other_type_pages(prod: Deployment) -> None:
    for event_type in CATALOGUE:
        if event_type.name not in TO_STRANGERS:
            assert alarms(prod)[event_type.name, signals.DEAD_LETTERS.slug] in children(prod)


def test_types_with_receivers_of_others_are_those_that_post_webhooks() -> None:
    """So a new type that posts webhooks cannot forget to declare that its receivers are not ours."""
    assert [each.name for each in CATALOGUE if Needs.WEBHOOKS in each.needs] == TO_STRANGERS
