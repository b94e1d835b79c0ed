"""What an alarm says, and to whom."""

from schemas import signals
from schemas.names import SLACK_NOTIFIER, SYSTEM, alarm_name
from schemas.signals import BY_SLUG, LONGEST_DESCRIPTION
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarming import alarms, alarms_topic, composite, notifier_topic


def followed(deployment: Deployment, alarm: Resource, actions: str) -> list[Resource]:
    return [deployment.follow(alarm.stack, action) for action in alarm.properties.get(actions, [])]


def test_an_alarms_name_says_stage_subject_and_signal(deployment: Deployment) -> None:
    for (subject, slug), alarm in alarms(deployment).items():
        assert alarm.properties["AlarmName"] == alarm_name(deployment.stage.name, subject, slug)


def test_an_alarm_says_what_it_means_and_links_to_its_section_of_the_runbook(deployment: Deployment) -> None:
    for (subject, slug), alarm in alarms(deployment).items():
        *words, link = alarm.properties["AlarmDescription"].splitlines()

        assert link == f"{deployment.stage.runbook_url}#{slug}"
        assert words == BY_SLUG[slug].description(subject, deployment.stage.runbook_url).splitlines()[:-1]


def test_no_description_is_longer_than_cloudwatch_takes(deployment: Deployment) -> None:
    lengths = [len(alarm.properties["AlarmDescription"]) for alarm in alarms(deployment).values()]

    assert max(lengths) <= LONGEST_DESCRIPTION


def test_people_are_told_when_an_alarm_begins_and_when_it_is_over(deployment: Deployment) -> None:
    for (subject, _), alarm in alarms(deployment).items():
        topic = notifier_topic(deployment) if subject == SLACK_NOTIFIER else alarms_topic(deployment)

        assert followed(deployment, alarm, "AlarmActions") == [topic]
        assert followed(deployment, alarm, "OKActions") == [topic]
        assert alarm.properties.get("ActionsEnabled", True)


def test_the_two_topics_are_two(deployment: Deployment) -> None:
    assert alarms_topic(deployment) != notifier_topic(deployment)


def test_the_one_to_page_on_says_so_and_tells_the_alarms_topic(prod: Deployment) -> None:
    alarm = composite(prod)

    assert alarm.properties["AlarmName"] == alarm_name("prod", SYSTEM, signals.UNHEALTHY.slug)
    assert alarm.properties["AlarmDescription"] == signals.UNHEALTHY.description(SYSTEM, prod.stage.runbook_url)
    assert followed(prod, alarm, "AlarmActions") == followed(prod, alarm, "OKActions") == [alarms_topic(prod)]
