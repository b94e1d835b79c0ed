"""Every dead letter is on a Slack card, or noted after one, even while Slack fails.

Each test lets minutes pass, and begins without the causes that other tests left.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Thread
from uuid import uuid4

import pytest

from local.checks.alerts import AlertCounts, remembered_causes, reported_alerts
from local.clock.simulated_clock import ClockTask
from local.standins.crm.state import CrmFailure
from local.standins.slack.state import SlackOutage
from local.traffic.publish import AcceptedPublication
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult
from ops.stage.audit_log import open_audit
from ops.stage.endpoint import ACCOUNT, REGION
from ops.stage.services import service
from ops.status.drill import Drill
from schemas import signals
from schemas.activities import ACTIVITY_RECORD
from schemas.names import ALERTS, QUEUE_PROCESSOR, SLACK_NOTIFIER, alarm_name, resource_name
from schemas.reasons import Outcome
from schemas.system import SYSTEM_HEARTBEAT
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
ALARM = alarm_name("local", ACTIVITY_RECORD.name, signals.DEAD_LETTERS.slug)


@pytest.fixture(autouse=True)
def _slack_works(scene: Scene) -> Iterator[None]:
    yield
    scene.stage.slack.state.fail(None)


def poison(scene: Scene, *, subject: str = "") -> tuple[AcceptedPublication, DeadLetter]:
    """A job that the CRM refuses permanently, and its dead letter."""
    subject = subject or str(uuid4())
    scene.stage.crm.state.fail(subject, REFUSED)
    job = scene.record_activity(subject, str(uuid4()))
    return job, scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job.id)


def cards(scene: Scene) -> AlertCounts:
    return reported_alerts(scene.stage.slack.state.cards())


def dead_lettered(scene: Scene) -> Counter[str]:
    """The messages that were dead-lettered, by fingerprint, including dead letters that were removed since."""
    return Counter(line.fingerprint for line in scene.records.lines() if line.what is Outcome.DEAD_LETTERED)


@dataclass(frozen=True)
class NewCauses:
    """The causes of one test."""

    scene: Scene
    earlier: Counter[str]
    """Dead letters of other tests before."""

    def are_reported(self, fingerprint: str) -> bool:
        """Let a minute pass; whether a card reports the cause then, and all its dead letters are noted."""
        self.scene.stage.clock.tick()
        causes = remembered_causes(self.scene.stage.endpoint.client("dynamodb"))
        noted = sum(cause.total for cause in causes if cause.fingerprint == fingerprint and cause.said_at)
        return noted >= dead_lettered(self.scene)[fingerprint] - self.earlier[fingerprint]


@pytest.fixture
def causes(scene: Scene) -> NewCauses:
    """Report what other tests left and forget their causes, so that this test's get new cards."""
    scene.stage.clock.tick()
    scene.forget_causes()
    return NewCauses(scene, dead_lettered(scene))


def texts(scene: Scene, since: int = 0) -> list[str]:
    """The cards after the first `since` ones, each as JSON."""
    return [json.dumps(card, ensure_ascii=False) for card in scene.stage.slack.state.cards()[since:]]


def test_a_poison_message_has_a_card_with_its_count_and_fingerprint(scene: Scene, causes: NewCauses) -> None:
    job, dead_letter = poison(scene)
    fingerprint = dead_letter.fingerprint

    assert scene.eventually(lambda: causes.are_reported(fingerprint), what="a card with the right count")
    (card,) = [text for text in texts(scene) if job.id in text]
    assert f"taly-async redrive activity.record --cause {fingerprint} --stage local" in card
    assert "the CRM answered 422 to POST /internal/activity" in card


def test_no_card_contains_payload_values(scene: Scene) -> None:
    _, dead_letter = poison(scene)
    payload = json.loads(dead_letter.body)["payload"]

    scene.stage.clock.tick()

    all_cards = "".join(texts(scene))
    assert payload["subjectId"] not in all_cards
    assert payload["summary"] not in all_cards
    assert "@example.com" not in all_cards


def test_alerts_wait_while_slack_is_down_and_are_posted_in_order(scene: Scene, causes: NewCauses) -> None:
    before = len(scene.stage.slack.state.cards())
    scene.stage.slack.state.fail(SlackOutage(HTTPStatus.SERVICE_UNAVAILABLE))
    jobs = []
    for _ in range(3):
        jobs.append(poison(scene))
        scene.stage.clock.tick()
    assert len(scene.stage.slack.state.cards()) == before
    scene.stage.slack.state.fail(None)
    fingerprint = jobs[0][1].fingerprint

    assert scene.eventually(lambda: causes.are_reported(fingerprint), what="the waiting alerts in Slack")
    found = [text for text in texts(scene, before) if jobs[0][0].id in text]
    assert len(found) == 1
    (first,), (last,) = (re.findall(rf"\*{name}\*\\n<!date\^([0-9]+)\^", found[0]) for name in ("First", "Last"))
    times = [dead_letter.failure_history["deadLetteredAt"] for _, dead_letter in jobs]
    assert times == sorted(times)
    assert int(first) <= int(last)
    positions = [found[0].index(job.id) for job, _ in jobs]
    assert positions == sorted(positions)


def test_slacks_rate_limit_loses_no_alert(scene: Scene, causes: NewCauses) -> None:
    _, dead_letter = poison(scene)
    scene.stage.slack.state.fail(SlackOutage(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="1"))

    assert scene.eventually(lambda: causes.are_reported(dead_letter.fingerprint), what="a card after Slack's 429")


def test_two_concurrent_notifier_runs_post_nothing_twice(scene: Scene, causes: NewCauses) -> None:
    job, dead_letter = poison(scene)
    fingerprint = dead_letter.fingerprint
    scene.eventually(lambda: waiting(scene), what="a waiting alert")
    posts = len(scene.stage.slack.state.posts())
    scene.stage.slack.state.fail(SlackOutage(HTTPStatus.OK, seconds=3))
    first = Thread(target=run_notifier, args=[scene])
    first.start()
    scene.eventually(lambda: len(scene.stage.slack.state.posts()) > posts, what="the first run to be posting")

    run_notifier(scene)
    first.join()
    scene.stage.slack.state.fail(None)

    assert sum(job.id in text for text in texts(scene)) == 1
    assert causes.are_reported(fingerprint)


def waiting(scene: Scene) -> int:
    """The number of alerts that are not in Slack yet."""
    return depth(scene, scene.stage.deployed.alerts_queue_url)


def run_notifier(scene: Scene) -> None:
    answer = scene.stage.endpoint.functions.invoke(
        FunctionName=scene.stage.deployed.slack_notifier_function_name, Payload=b"{}"
    )
    assert "FunctionError" not in answer


def test_a_redriven_job_is_done_and_its_alarm_recovers(scene: Scene) -> None:
    subject = str(uuid4())
    job, dead_letter = poison(scene, subject=subject)
    scene.eventually(lambda: passed(scene, ALARM, "went off"), what="the alarm to go off")
    stage = scene.stage.deployed
    queue = DeadLetterQueue.of(service(ACTIVITY_RECORD.name, stage))
    others = [each for each in scene.records.dead_letters_of(ACTIVITY_RECORD.name) if each.id != job.id]
    for each in others:  # of other tests: the queue must become empty
        assert queue.delete(each.id)
    scene.stage.crm.state.fail(subject, CrmFailure(times=0))

    result = RedriveResult()
    sqs = scene.stage.endpoint.sqs
    audit = open_audit(stage, ACTIVITY_RECORD.name, now=lambda: datetime.now(UTC))
    Redrive(
        sqs,
        source=queue,
        queue_url=service(ACTIVITY_RECORD.name, stage).queue_url,
        keep_body=False,
        audit=audit,
        rate_limiter=RateLimiter(),
    ).run(Filters(fingerprint=dead_letter.fingerprint), result)

    assert (result.chosen, result.sent) == (1, 1)
    done = scene.lines(
        lambda line: line.id == job.id and line.what is Outcome.SUCCEEDED, what="the redriven job to be done"
    )
    assert [line.attempt for line in done] == [1]
    scene.eventually(lambda: passed(scene, ALARM, "recovered"), what="the alarm to recover")


def passed(scene: Scene, alarm: str, what: str) -> bool:
    """Let a minute pass; whether a card then reports the alarm."""
    scene.stage.clock.tick()
    if what == "went off":
        return alarm in cards(scene).alarms
    return any(alarm in text and "recovered" in text for text in texts(scene))


def test_a_drill_is_alerted_in_time_and_leaves_nothing_behind(scene: Scene) -> None:
    drill = Drill(
        stage=scene.stage.deployed,
        now=lambda: datetime.now(UTC),
        sleep=lambda _: scene.stage.clock.tick(),
        new_id=lambda: str(uuid4()),
    )
    result = drill.run(seconds=60)

    times = result.times
    assert all(times.values()), times
    assert result.message_group == "", "the emulator drops the group, so its functions do not compare it"
    assert list(times.values()) == sorted(times.values())  # type: ignore[type-var]  # none is None
    (card,) = [text for text in texts(scene) if "Drill:" in text]
    assert "No action needed" in card
    assert "redrive" not in card
    assert scene.records.dead_letters_of(SYSTEM_HEARTBEAT.name) == []


def test_missing_heartbeats_are_an_alarm_that_recovers_with_the_next(scene: Scene) -> None:
    heartbeat = alarm_name("local", "system", signals.HEARTBEAT.slug)
    before = len(scene.stage.slack.state.cards())
    clock = scene.stage.clock
    with clock.without(ClockTask.HEARTBEAT):
        with clock.without(ClockTask.NOTIFIER):  # the notifier waits two seconds for further alerts
            for _ in range(7):
                clock.tick()
        clock.tick()  # the eighth: CloudWatch's evaluation range is two minutes longer where data is missing

    assert any(heartbeat in text and "`ALARM`" in text for text in texts(scene))

    def recovered() -> bool:
        scene.stage.clock.tick()
        return any(heartbeat in text and "recovered" in text for text in texts(scene, before))

    assert scene.eventually(recovered, what="the heartbeat's alarm to recover")


@pytest.mark.usefixtures("causes")
def test_without_a_webhook_alerts_are_emailed(scene: Scene) -> None:
    secret = scene.stage.deployed.slack_webhook_secret_arn
    mailbox = subscribed(scene, topic_arn(SLACK_NOTIFIER))
    scene.stage.endpoint.secrets.put_secret_value(SecretId=secret, SecretString="none yet")
    scene.stage.slack.state.fail(SlackOutage(HTTPStatus.FORBIDDEN))  # the webhook that the notifier has cached
    try:
        _, dead_letter = poison(scene)
        command = f"taly-async redrive activity.record --cause {dead_letter.fingerprint} --stage local"

        def is_mailed() -> bool:
            scene.stage.clock.tick()
            return any(command in mail for mail in received(scene, mailbox))

        assert scene.eventually(is_mailed, what="a mail with the command")
    finally:
        scene.stage.endpoint.secrets.put_secret_value(SecretId=secret, SecretString=scene.stage.slack.webhook_url)
        scene.stage.slack.state.fail(None)


def test_the_first_ok_of_an_alarm_is_not_mailed(scene: Scene) -> None:
    endpoint = scene.stage.endpoint
    sns, name = endpoint.client("sns"), str(uuid4())
    topic = topic_arn(ALERTS)
    (email,) = (
        each["SubscriptionArn"]
        for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if each["Protocol"] == "email"
    )
    attributes = sns.get_subscription_attributes(SubscriptionArn=email)["Attributes"]
    mailbox = subscribed(
        scene,
        topic,
        **{each: attributes[each] for each in ("FilterPolicy", "FilterPolicyScope")},
    )
    endpoint.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName="Test",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    changes: list[tuple[str, str]] = []

    for state in ("OK", "ALARM", "OK"):
        endpoint.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    def are_mailed() -> bool:
        mails = [json.loads(mail) for mail in received(scene, mailbox)]
        changes.extend((mail["OldStateValue"], mail["NewStateValue"]) for mail in mails if mail["AlarmName"] == name)
        return ("ALARM", "OK") in changes

    assert scene.eventually(are_mailed, what="the mail that the alarm is over")
    assert sorted(changes) == [("ALARM", "OK"), ("OK", "ALARM")]


def topic_arn(subject: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{resource_name('local', subject)}"


def subscribed(scene: Scene, topic: str, **attributes: str) -> str:
    """A queue that gets what a topic mails: a subscription with these attributes besides."""
    endpoint = scene.stage.endpoint
    url: str = endpoint.sqs.create_queue(QueueName=f"mailbox-of-{topic.rpartition(':')[2]}")["QueueUrl"]
    arn = endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    from_topic = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [from_topic]})
    endpoint.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    endpoint.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true", **attributes}
    )
    return url


def received(scene: Scene, url: str) -> list[str]:
    messages = scene.stage.endpoint.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


STORM = 2_000


def test_a_storm_leads_to_a_handful_of_cards(scene: Scene) -> None:
    scene.stage.clock.tick()
    url = service(QUEUE_PROCESSOR, scene.stage.deployed).dead_letter_queue_url
    sqs = scene.stage.endpoint.sqs
    earlier = depth(scene, url)
    posted = len(scene.stage.slack.state.cards())
    before = cards(scene).dead_letters
    body = json.dumps({"type": "storm.raised", "payload": {"companyId": str(uuid4())}, "attempts": 1})

    for begin in range(0, STORM, 10):
        entries = [{"Id": str(number), "MessageBody": body} for number in range(begin, begin + 10)]
        sqs.send_message_batch(QueueUrl=scene.stage.deployed.ingress_queue_url, Entries=entries)  # type: ignore[arg-type]  # a dict is one
    scene.eventually(lambda: depth(scene, url) >= earlier + STORM, what=f"{STORM} dead letters")
    count: Counter[str] = Counter()

    def is_reported() -> bool:
        scene.stage.clock.tick()
        count.clear()
        count.update(cards(scene).dead_letters - before)
        return count.total() >= STORM

    assert scene.eventually(is_reported, what="the storm in Slack")
    sqs.purge_queue(QueueUrl=url)
    assert count.most_common(1)[0][1] == STORM
    cause = count.most_common(1)[0][0]
    assert 1 <= sum(cause in text for text in texts(scene, posted)) <= 5


def depth(scene: Scene, url: str) -> int:
    """The number of visible messages in a queue."""
    answer = scene.stage.endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
