"""People are told: of each dead letter once, by the card, whatever becomes of Slack meanwhile.

Minutes pass when a case lets them. A cause's count is compared with all that died of it: other cases' messages, too.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Thread
from uuid import uuid4

import pytest

from local.checks.alerts import Told, told
from local.clock.simulated_clock import Part
from local.standins.crm.state import CrmFailure
from local.standins.slack.state import SlackOutage
from local.traffic.publish import AcceptedPublication
from ops.dead_letters.audit_log import open_audit
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult
from ops.stage.services import service
from ops.status.drill import Drill
from schemas import signals
from schemas.activities import ACTIVITY_RECORD
from schemas.names import QUEUE_PROCESSOR, MonitoringOutput, alarm_name
from schemas.reasons import Outcome
from schemas.system import SYSTEM_HEARTBEAT
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
ALARM = alarm_name("local", ACTIVITY_RECORD.name, signals.DEAD_LETTERS.slug)


@pytest.fixture(autouse=True)
def _slack_is_well(scene: Scene) -> Iterator[None]:
    yield
    scene.stage.slack.books.fail(None)


def poison(scene: Scene, *, subject: str = "") -> tuple[AcceptedPublication, DeadLetter]:
    """A job that the CRM refuses for good, and its letter."""
    subject = subject or str(uuid4())
    scene.stage.crm.books.fail(subject, REFUSED)
    job = scene.record_activity(subject, str(uuid4()))
    return job, scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == job.id)


def cards(scene: Scene) -> Told:
    return told(scene.stage.slack.books.cards())


def deaths(scene: Scene, fingerprint: str) -> int:
    """How many messages were given up of a cause, whatever became of their letters since."""
    dead = [line for line in scene.ledger.lines() if line.what is Outcome.DEAD_LETTERED]
    return sum(line.fingerprint == fingerprint for line in dead)


def texts(scene: Scene, since: int = 0) -> list[str]:
    """The cards after the first so many, each as its JSON."""
    return [json.dumps(card, ensure_ascii=False) for card in scene.stage.slack.books.cards()[since:]]


def test_a_poison_message_is_on_a_card_with_its_count_and_fingerprint(scene: Scene) -> None:
    scene.stage.minutes.tick()  # what other cases left is told, so that this one has a card of its own
    job, letter = poison(scene)
    fingerprint = letter.fingerprint

    def is_told() -> bool:
        scene.stage.minutes.tick()
        return cards(scene).letters[fingerprint] == deaths(scene, fingerprint)

    assert scene.eventually(is_told, what="a card with the right count")
    (card,) = [text for text in texts(scene) if job.id in text]
    assert f"taly-async redrive activity.record --cause {fingerprint} --stage local" in card
    assert "the CRM answered 422 to POST /internal/activity" in card


def test_no_card_has_anything_of_a_payload(scene: Scene) -> None:
    _, letter = poison(scene)
    payload = json.loads(letter.body)["payload"]

    scene.stage.minutes.tick()

    told_by = "".join(texts(scene))
    assert payload["subjectId"] not in told_by
    assert payload["summary"] not in told_by
    assert "@example.com" not in told_by


def test_while_slack_is_down_all_waits_and_is_told_in_order_when_it_is_back(scene: Scene) -> None:
    scene.stage.minutes.tick()
    before = len(scene.stage.slack.books.cards())
    scene.stage.slack.books.fail(SlackOutage(HTTPStatus.SERVICE_UNAVAILABLE))
    jobs = []
    for _ in range(3):
        jobs.append(poison(scene))
        scene.stage.minutes.tick()
    assert len(scene.stage.slack.books.cards()) == before
    scene.stage.slack.books.fail(None)
    fingerprint = jobs[0][1].fingerprint

    def is_told() -> bool:
        scene.stage.minutes.tick()
        return cards(scene).letters[fingerprint] == deaths(scene, fingerprint)

    assert scene.eventually(is_told, what="what waited to be told")
    found = [text for text in texts(scene, before) if jobs[0][0].id in text]
    assert len(found) == 1
    (first,), (last,) = (re.findall(rf"\*{name}\*\\n<!date\^([0-9]+)\^", found[0]) for name in ("First", "Last"))
    died = [letter.failure_history["deadLetteredAt"] for _, letter in jobs]
    assert died == sorted(died)
    assert int(first) <= int(last)
    positions = [found[0].index(job.id) for job, _ in jobs]
    assert positions == sorted(positions)


def test_slacks_limit_of_its_pace_loses_nothing(scene: Scene) -> None:
    _, letter = poison(scene)
    scene.stage.slack.books.fail(SlackOutage(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="1"))
    fingerprint = letter.fingerprint

    def is_told() -> bool:
        scene.stage.minutes.tick()
        return cards(scene).letters[fingerprint] == deaths(scene, fingerprint)

    assert scene.eventually(is_told, what="a card after Slack's 429")


def test_a_second_run_beside_the_first_posts_nothing_twice(scene: Scene) -> None:
    scene.stage.minutes.tick()  # what other cases left is told, so that this one has a card of its own
    job, letter = poison(scene)
    fingerprint = letter.fingerprint
    scene.eventually(lambda: waiting(scene), what="an alert to wait")
    posts = len(scene.stage.slack.books.posts())
    scene.stage.slack.books.fail(SlackOutage(HTTPStatus.OK, seconds=3))
    first = Thread(target=run_notifier, args=[scene])
    first.start()
    scene.eventually(lambda: len(scene.stage.slack.books.posts()) > posts, what="the first run to be posting")

    run_notifier(scene)
    first.join()
    scene.stage.slack.books.fail(None)

    assert sum(job.id in text for text in texts(scene)) == 1
    scene.stage.minutes.tick()
    assert cards(scene).letters[fingerprint] == deaths(scene, fingerprint)


def waiting(scene: Scene) -> int:
    """Alerts that wait to be told."""
    return depth(scene, scene.stage.deployed.alerts_queue_url)


def run_notifier(scene: Scene) -> None:
    answer = scene.stage.endpoint.functions.invoke(
        FunctionName=scene.stage.deployed.slack_notifier_function_name, Payload=b"{}"
    )
    assert "FunctionError" not in answer


def test_what_was_mended_and_redriven_is_done_and_the_alarm_recovers(scene: Scene) -> None:
    subject = str(uuid4())
    job, letter = poison(scene, subject=subject)
    scene.eventually(lambda: passed(scene, ALARM, "went off"), what="the alarm to go off")
    stage = scene.stage.deployed
    letters = DeadLetterQueue.of(service(ACTIVITY_RECORD.name, stage))
    others = [each for each in scene.ledger.letters_of(ACTIVITY_RECORD.name) if each.id != job.id]
    for each in others:  # other cases': so that the queue can be empty
        assert letters.delete(each.id)
    scene.stage.crm.books.fail(subject, CrmFailure(times=0))

    tally = RedriveResult()
    sqs = scene.stage.endpoint.sqs
    audit = open_audit(stage, ACTIVITY_RECORD.name, now=lambda: datetime.now(UTC))
    Redrive(
        sqs,
        source=letters,
        queue_url=service(ACTIVITY_RECORD.name, stage).queue_url,
        keep_body=False,
        audit=audit,
        rate_limiter=RateLimiter(),
    ).run(Filters(fingerprint=letter.fingerprint), tally)

    assert (tally.chosen, tally.sent) == (1, 1)
    done = scene.lines(
        lambda line: line.id == job.id and line.what is Outcome.SUCCEEDED, what="the redriven job to be done"
    )
    assert [line.attempt for line in done] == [1]
    scene.eventually(lambda: passed(scene, ALARM, "recovered"), what="the alarm to recover")


def passed(scene: Scene, alarm: str, what: str) -> bool:
    """Let a minute pass; whether a card tells of it then."""
    scene.stage.minutes.tick()
    if what == "went off":
        return alarm in cards(scene).alarms
    return any(alarm in text and "recovered" in text for text in texts(scene))


def test_a_drill_is_told_within_its_time_and_leaves_nothing_behind(scene: Scene) -> None:
    drill = Drill(
        stage=scene.stage.deployed,
        now=lambda: datetime.now(UTC),
        sleep=lambda _: scene.stage.minutes.tick(),
        new_id=lambda: str(uuid4()),
    )
    hops = drill.run(seconds=60)

    assert all(hops.values()), hops
    assert list(hops.values()) == sorted(hops.values())  # type: ignore[type-var]  # none is None
    (card,) = [text for text in texts(scene) if "Drill:" in text]
    assert "No action needed" in card
    assert "redrive" not in card
    assert scene.ledger.letters_of(SYSTEM_HEARTBEAT.name) == []


def test_no_heartbeat_for_five_minutes_is_an_alarm_that_recovers_with_the_next(scene: Scene) -> None:
    heartbeat = alarm_name("local", "system", signals.HEARTBEAT.slug)
    before = len(scene.stage.slack.books.cards())
    minutes = scene.stage.minutes
    with minutes.without(Part.BEAT):
        with minutes.without(Part.SLACK):  # which takes two seconds to be sure that nothing waits
            for _ in range(7):
                minutes.tick()
        minutes.tick()  # the eighth: CloudWatch looks two minutes further back than it must, where data is missing

    assert any(heartbeat in text and "`ALARM`" in text for text in texts(scene))

    def recovered() -> bool:
        scene.stage.minutes.tick()
        return any(heartbeat in text and "recovered" in text for text in texts(scene, before))

    assert scene.eventually(recovered, what="the heartbeat's alarm to recover")


def test_without_a_webhook_the_causes_go_by_email(scene: Scene) -> None:
    secret = scene.stage.deployed.slack_webhook_secret_arn
    mailbox = subscribed(scene)
    scene.stage.endpoint.secrets.put_secret_value(SecretId=secret, SecretString="none yet")
    scene.stage.slack.books.fail(SlackOutage(HTTPStatus.FORBIDDEN))  # what it knows is revoked
    try:
        _, letter = poison(scene)
        command = f"taly-async redrive activity.record --cause {letter.fingerprint} --stage local"

        def is_mailed() -> bool:
            scene.stage.minutes.tick()
            return any(command in mail for mail in received(scene, mailbox))

        assert scene.eventually(is_mailed, what="a mail with the command")
    finally:
        scene.stage.endpoint.secrets.put_secret_value(SecretId=secret, SecretString=scene.stage.slack.webhook_url)
        scene.stage.slack.books.fail(None)


def subscribed(scene: Scene) -> str:
    """A queue that gets what is mailed to those who see to the notifier."""
    endpoint = scene.stage.endpoint
    url: str = endpoint.sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = scene.stage.deployed.output("Monitoring", MonitoringOutput.NOTIFIER_TOPIC_ARN)
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
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def received(scene: Scene, url: str) -> list[str]:
    messages = scene.stage.endpoint.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


STORM = 2_000


def test_a_storm_is_a_handful_of_cards(scene: Scene) -> None:
    scene.stage.minutes.tick()
    url = service(QUEUE_PROCESSOR, scene.stage.deployed).dead_letter_queue_url
    sqs = scene.stage.endpoint.sqs
    earlier = depth(scene, url)
    posted = len(scene.stage.slack.books.cards())
    before = cards(scene).letters
    body = json.dumps({"type": "storm.raised", "payload": {"companyId": str(uuid4())}, "attempts": 1})

    for begin in range(0, STORM, 10):
        entries = [{"Id": str(number), "MessageBody": body} for number in range(begin, begin + 10)]
        sqs.send_message_batch(QueueUrl=scene.stage.deployed.ingress_queue_url, Entries=entries)  # type: ignore[arg-type]  # a dict is one
    scene.eventually(lambda: depth(scene, url) >= earlier + STORM, what=f"{STORM} dead letters")
    count: Counter[str] = Counter()

    def is_told() -> bool:
        scene.stage.minutes.tick()
        count.clear()
        count.update(cards(scene).letters - before)
        return count.total() >= STORM

    assert scene.eventually(is_told, what="the storm to be told")
    sqs.purge_queue(QueueUrl=url)
    assert count.most_common(1)[0][1] == STORM
    storm = count.most_common(1)[0][0]
    assert 1 <= sum(storm in text for text in texts(scene, posted)) <= 5


def depth(scene: Scene, url: str) -> int:
    """How many messages are visible in a queue."""
    answer = scene.stage.endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
