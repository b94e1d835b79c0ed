"""The alerts queue: its sources, its permissions, and no loss of alerts while Slack is down."""

from schemas.catalogue import ALERTS
from schemas.signals import UNDELIVERABLE
from tests.infrastructure.deployment import BUS, Deployment, live_pattern
from tests.infrastructure.monitoring.alarm_lookup import alarms_topic, alerts_queue


def test_alarms_arrive_without_the_sns_envelope(deployment: Deployment) -> None:
    (subscription,) = (
        each for each in deployment.resources("AWS::SNS::Subscription") if each.properties["Protocol"] == "sqs"
    )

    assert deployment.follow(subscription.stack, subscription.properties["TopicArn"]) == alarms_topic(deployment)
    assert deployment.follow(subscription.stack, subscription.properties["Endpoint"]) == alerts_queue(deployment)
    assert subscription.properties["RawMessageDelivery"] is True


def test_the_systems_alerts_arrive_by_a_dedicated_rule(deployment: Deployment) -> None:
    ((rule, target),) = deployment.rules_to(alerts_queue(deployment))

    bus = deployment.bus
    names = [event_type.name for event_type in ALERTS]
    assert live_pattern(rule) == {
        "detail-type": names,
        "source": ["taly.queue-processor"],
        "detail": {"type": names},
    }
    assert deployment.follow(rule.stack, rule.properties["EventBusName"], BUS) == bus
    assert rule.properties["State"] == "ENABLED"
    assert target["InputPath"] == "$.detail"


def test_an_undelivered_alert_goes_to_undeliverable(deployment: Deployment) -> None:
    ((rule, target),) = deployment.rules_to(alerts_queue(deployment))

    undeliverable = deployment.holding_queue(UNDELIVERABLE)
    assert deployment.follow(rule.stack, target["DeadLetterConfig"]["Arn"]) == undeliverable


def test_only_the_topic_and_the_rule_may_send_alerts(deployment: Deployment) -> None:
    queue = alerts_queue(deployment)
    ((rule, _),) = deployment.rules_to(queue)

    allowed = {
        statement["Principal"]["Service"]: deployment.follow(
            queue.stack, statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        )
        for statement in deployment.queue_policy(queue)
        if statement["Effect"] == "Allow"
    }

    assert allowed == {"sns.amazonaws.com": alarms_topic(deployment), "events.amazonaws.com": rule}


def test_received_alerts_are_visible_again_for_the_next_run(deployment: Deployment) -> None:
    timeout = deployment.notifier.properties["Timeout"]

    hidden = alerts_queue(deployment).properties["VisibilityTimeout"]

    assert timeout < hidden <= 60


def test_the_alerts_queue_has_no_redrive_policy(deployment: Deployment) -> None:
    properties = alerts_queue(deployment).properties

    assert "RedrivePolicy" not in properties
    assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
