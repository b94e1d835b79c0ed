"""The alert topics: encryption, permission for CloudWatch only, and subscriptions."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import alarms_topic, alerts_queue, notifier_topic

THIS_ACCOUNT = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}

each_topic = pytest.mark.parametrize("topic_of", [alarms_topic, notifier_topic])
TopicOf = Callable[[Deployment], Resource]


def key_of(deployment: Deployment, topic: Resource) -> Resource:
    return deployment.follow(topic.stack, topic.properties["KmsMasterKeyId"])


def topic_policy(deployment: Deployment, topic: Resource) -> list[Mapping[str, Any]]:
    return [
        statement
        for policy in deployment.resources("AWS::SNS::TopicPolicy")
        if topic in [deployment.follow(policy.stack, each) for each in policy.properties["Topics"]]
        for statement in policy.properties["PolicyDocument"]["Statement"]
    ]


def subscribers(deployment: Deployment, topic: Resource) -> list[tuple[str, Any]]:
    return [
        (each.properties["Protocol"], each.properties["Endpoint"])
        for each in deployment.resources("AWS::SNS::Subscription")
        if deployment.follow(each.stack, each.properties["TopicArn"]) == topic
    ]


def test_both_topics_are_encrypted_by_one_rotated_key(deployment: Deployment) -> None:
    (key,) = deployment.resources("AWS::KMS::Key")

    topics = deployment.resources("AWS::SNS::Topic")

    assert set(topics) == {alarms_topic(deployment), notifier_topic(deployment)}
    assert {key_of(deployment, topic) for topic in topics} == {key}
    assert key.properties["EnableKeyRotation"] is True


def test_cloudwatch_may_use_the_key_for_this_account_only(deployment: Deployment) -> None:
    (key,) = deployment.resources("AWS::KMS::Key")

    administration, encryption = key.properties["KeyPolicy"]["Statement"]

    assert administration["Effect"] == "Allow"
    assert administration["Action"] == "kms:*"
    assert administration["Principal"]["AWS"]["Fn::Join"][1][-2:] == [{"Ref": "AWS::AccountId"}, ":root"]
    assert encryption == {
        "Sid": "AlarmsAreEncrypted",
        "Effect": "Allow",
        "Principal": CLOUDWATCH,
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": THIS_ACCOUNT},
    }


@each_topic
def test_a_topic_refuses_plain_http(deployment: Deployment, topic_of: TopicOf) -> None:
    topic = topic_of(deployment)

    (refusal, *_) = topic_policy(deployment, topic)

    assert refusal["Effect"] == "Deny"
    assert refusal["Principal"] == "*"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deployment.follow(topic.stack, refusal["Resource"]) == topic


def test_only_the_alerts_topic_accepts_alarms_and_only_this_stages(deployment: Deployment) -> None:
    topic = alarms_topic(deployment)

    (_, publication) = topic_policy(deployment, topic)

    assert len(topic_policy(deployment, notifier_topic(deployment))) == 1
    (*_, account, names) = publication["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert (account, names) == ({"Ref": "AWS::AccountId"}, f":alarm:taly-async-{deployment.stage.name}/*/*")
    assert publication["Condition"]["StringEquals"] == THIS_ACCOUNT
    assert {key: publication[key] for key in ("Effect", "Principal", "Action")} == {
        "Effect": "Allow",
        "Principal": CLOUDWATCH,
        "Action": "sns:Publish",
    }
    assert deployment.follow(topic.stack, publication["Resource"]) == topic


def test_the_alerts_topic_sends_to_email_and_the_alerts_queue(deployment: Deployment) -> None:
    (queue_arn,) = (end for protocol, end in subscribers(deployment, alarms_topic(deployment)) if protocol == "sqs")

    assert deployment.follow(deployment.monitoring, queue_arn) == alerts_queue(deployment)
    assert subscribers(deployment, alarms_topic(deployment)) == [
        ("email", deployment.stage.alert_email),
        ("sqs", queue_arn),
    ]


def test_the_notifier_topic_sends_to_email_only(deployment: Deployment) -> None:
    assert subscribers(deployment, notifier_topic(deployment)) == [("email", deployment.stage.alert_email)]


def accepts(policy: Mapping[str, Any], alarm: Mapping[str, str]) -> bool:
    """Whether SNS delivers an alarm's notification to a subscription with this filter policy of bodies.

    Source: SNS Developer Guide, "AND/OR logic": `$or` takes an array of at least two policies.
    """
    assert policy.keys() == {"$or"}
    assert len(policy["$or"]) > 1
    return any(all(alarm[name] in allowed for name, allowed in each.items()) for each in policy["$or"])


@pytest.mark.parametrize(
    ("before", "after", "is_mailed"),
    [
        ("INSUFFICIENT_DATA", "OK", False),
        ("INSUFFICIENT_DATA", "ALARM", True),
        ("OK", "ALARM", True),
        ("ALARM", "OK", True),
    ],
)
def test_all_changes_but_the_first_ok_are_mailed(
    deployment: Deployment, before: str, after: str, *, is_mailed: bool
) -> None:
    (email,) = (
        each
        for each in deployment.resources("AWS::SNS::Subscription")
        if each.properties["Protocol"] == "email"
        and deployment.follow(each.stack, each.properties["TopicArn"]) == alarms_topic(deployment)
    )

    assert email.properties["FilterPolicyScope"] == "MessageBody"
    assert accepts(email.properties["FilterPolicy"], {"OldStateValue": before, "NewStateValue": after}) is is_mailed


def test_only_the_email_of_alarms_is_filtered(deployment: Deployment) -> None:
    """The alerts queue gets what is no alarm, too; and the notifier's own emails are text, which no filter takes."""
    filtered = [each for each in deployment.resources("AWS::SNS::Subscription") if "FilterPolicy" in each.properties]

    assert [deployment.follow(each.stack, each.properties["TopicArn"]) for each in filtered] == [
        alarms_topic(deployment)
    ]
