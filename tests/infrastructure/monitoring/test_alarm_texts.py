"""Names, descriptions and topics of alarms."""

from schemas import signals
from schemas.names import SYSTEM, alarm_name
from schemas.signals import BY_SLUG, LONGEST_DESCRIPTION
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import alarms, alarms_topic, composite, subjects


def topics(deployment: Deployment, alarm: Resource, actions: str) -> list[Resource]:
    return [deployment.follow(alarm.stack, action) for action in alarm.properties.get(actions, [])]


def test_an_alarms_name_consists_of_stage_subject_and_signal(deployment: Deployment) -> None:
    for (subject, slug), alarm in alarms(deployment).items():
        assert alarm.properties["AlarmName"] == alarm_name(deployment.stage.name, subject, slug)


def test_an_alarms_description_ends_with_a_link_to_the_runbook(deployment: Deployment) -> None:
    for (subject, slug), alarm in alarms(deployment).items():
        *words, link = alarm.properties["AlarmDescription"].splitlines()

        assert link == f"{deployment.stage.runbook_url}#{slug}"
        assert words == BY_SLUG[slug].description(subject, deployment.stage.runbook_url).splitlines()[:-1]


def test_no_description_exceeds_cloudwatchs_limit(deployment: Deployment) -> None:
    lengths = [len(alarm.properties["AlarmDescription"]) for alarm in alarms(deployment).values()]

    assert max(lengths) <= LONGEST_DESCRIPTION


def test_alarms_on_a_backlog_say_that_a_wait_may_be_why(deployment: Deployment) -> None:
    backlog = [alarm for (_, slug), alarm in alarms(deployment).items() if slug in {"oldest", "depth"}]

    assert len(backlog) == 2 * len(subjects())
    for alarm in backlog:
        _, causes, first, _ = alarm.properties["AlarmDescription"].splitlines()
        assert causes.startswith("Likely: a system that it calls is unavailable, so that messages wait for it")
        assert "the last card about a system that does not answer, or in `taly-async status`" in first


def test_an_alarm_notifies_the_topic_when_it_starts_and_when_it_ends(deployment: Deployment) -> None:
    for alarm in alarms(deployment).values():
        assert topics(deployment, alarm, "AlarmActions") == [alarms_topic(deployment)]
        assert topics(deployment, alarm, "OKActions") == [alarms_topic(deployment)]
        assert alarm.properties.get("ActionsEnabled", True)


def test_the_composite_alarm_notifies_the_alerts_topic(prod: Deployment) -> None:
    alarm = composite(prod)

    assert alarm.properties["AlarmName"] == alarm_name("prod", SYSTEM, signals.UNHEALTHY.slug)
    assert alarm.properties["AlarmDescription"] == signals.UNHEALTHY.description(SYSTEM, prod.stage.runbook_url)
    assert topics(prod, alarm, "AlarmActions") == topics(prod, alarm, "OKActions") == [alarms_topic(prod)]
