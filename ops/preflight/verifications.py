"""Verifications: settle what is assumed about AWS by calls that change nothing.

`docs/aws-assumptions.md` has a row for each, and for the assumptions that people settle by hand.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from ops.preflight.check_result import CheckResult, failed, not_seen, not_yet, ok
from ops.preflight.metric_verifications import RECENT, fill, mail_metric, search, text_metric
from ops.preflight.reading import AbsentError, Account, UnreadError
from ops.terminal.output import counted
from schemas.catalogue import CATALOGUE
from schemas.names import (
    APPLICATION,
    QUEUE_PROCESSOR,
    alarm_name,
    log_group_name,
    resource_name,
)
from schemas.reasons import Outcome
from schemas.signals import ERRORS
from schemas.system import SYSTEM_HEARTBEAT

_GROUP_PATH = "$.detail.payload.companyId"

_DAY = timedelta(days=1)

_URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
"""Suffixes other than `amazonaws.com`, by partition (AWS General Reference, "Amazon SQS endpoints and quotas")."""


def queue_urls(here: Account) -> Iterator[CheckResult]:
    """Compare SQS's URLs with those that functions build of region, account and name."""
    name, identity = "queue-urls", here.identity()
    suffix = _URL_SUFFIXES.get(identity.partition, "amazonaws.com")
    prefix = f"{resource_name(here.assembly.stage)}-"
    urls = here.read_all("sqs:ListQueues", "QueueUrls", QueueNamePrefix=prefix, MaxResults=1_000)
    base = f"https://sqs.{here.region}.{suffix}/{identity.account}/{prefix}"
    other = [each for each in urls if not each.startswith(base)]
    if not urls:
        yield not_yet(name)
    elif other:
        yield failed(
            name,
            f"SQS names {other[0]}, and functions use {base}…",
            "Functions may not reach their queues",
            "compare `QUEUE_URL` of the functions, and report it",
        )
    else:
        yield ok(name, f"{len(urls)} queues have the URL that functions build")


def message_groups(here: Account) -> Iterator[CheckResult]:
    """Check that EventBridge keeps the path of the message group in the target of a standard queue."""
    name, stage = "message-groups", here.assembly.stage
    try:
        targets = here.read_all(
            "events:ListTargetsByRule",
            "Targets",
            Rule=resource_name(stage, SYSTEM_HEARTBEAT.name),
            EventBusName=resource_name(stage),
        )
    except AbsentError:
        yield not_yet(name)
        return
    groups = {each.get("SqsParameters", {}).get("MessageGroupId") for each in targets}
    if groups == {_GROUP_PATH}:
        yield ok(name, "the rule keeps the path of the tenant; the drill compares the group that arrives")
    else:
        yield failed(
            name,
            "the rule of system.heartbeat has no path of a message group",
            "A tenant's burst delays the others: queues are not fair",
            f"{here.assembly.deploy}; if EventBridge drops it again, choose from docs/architecture.md#message-groups",
        )


def heartbeat(here: Account) -> Iterator[CheckResult]:
    """Look for heartbeats that succeeded: only true ones do, by their time, their sender and the JSON filter.

    The scheduler must have replaced the time, or the message would be invalid; and the ingress must have known the
    schedules' role by its `SenderId`, or the message would be refused.
    """
    name, now = "heartbeat", datetime.now(UTC)
    try:
        events = here.read_all(
            "logs:FilterLogEvents",
            "events",
            logGroupName=log_group_name(here.assembly.stage, SYSTEM_HEARTBEAT.name),
            filterPattern=f'{{ $.outcome = "{Outcome.SUCCEEDED}" }}',
            startTime=int((now - RECENT).timestamp() * 1000),
        )
    except AbsentError:
        yield not_yet(name)
        return
    minutes = int(RECENT.total_seconds() // 60)
    if events:
        yield ok(name, f"{len(events)} of {minutes} heartbeats succeeded in the last {minutes} minutes")
    else:
        yield failed(
            name,
            f"no heartbeat succeeded in the last {minutes} minutes",
            "The scheduler, the ingress or the bus does not work",
            f"taly-async dead-letters list --stage {here.assembly.stage} shows why the ingress refused them, if it did",
        )


def mapping_tags(here: Account) -> Iterator[CheckResult]:
    """Check that CloudFormation gave each event source mapping the tags that policies name."""
    name, stage = "mapping-tags", here.assembly.stage
    functions = {resource_name(stage, each) for each in (*(each.name for each in CATALOGUE), QUEUE_PROCESSOR)}
    own = {"application": APPLICATION, "stage": stage}.items()
    found = {function: each["EventSourceMappingArn"] for function, each in here.mappings() if function in functions}
    bare = [
        each for each, arn in found.items() if not own <= here.read("lambda:ListTags", Resource=arn)["Tags"].items()
    ]
    if not found:
        yield not_yet(name)
    elif bare:
        yield failed(
            name,
            f"the mappings of {', '.join(sorted(bare))} lack the tags application and stage",
            "Nobody can pause these types, and the notifier cannot end a pause",
            here.assembly.restore,
        )
    else:
        yield ok(name, f"{counted(len(found), 'mapping')} have the tags that policies name")


def recursive_loop(here: Account) -> Iterator[CheckResult]:
    """Check that Lambda lets each function send to its own queue; its default stops a retry after 16 rounds."""
    name, stage = "recursive-loop", here.assembly.stage
    services = [QUEUE_PROCESSOR, *(each.name for each in CATALOGUE)]
    stopped = []
    try:
        for service in services:
            function = resource_name(stage, service)
            found = here.read("lambda:GetFunctionRecursionConfig", FunctionName=function)
            if found["RecursiveLoop"] != "Allow":
                stopped.append(function)
    except AbsentError:
        yield not_yet(name)
        return
    if stopped:
        yield failed(
            name,
            f"Lambda ends loops of {', '.join(stopped)}",
            "A message that is deferred for long is dropped by Lambda",
            here.assembly.restore,
        )
    else:
        yield ok(name, f"{len(services)} functions may send to their own queues")


def alarm_actions(here: Account) -> Iterator[CheckResult]:
    """Look in the alarms' histories for actions: whether CloudWatch could publish to the encrypted topics.

    The alarm to try it by pages nobody, and is OK again at the next evaluation.
    """
    name, prefix = "alarm-actions", f"{resource_name(here.assembly.stage)}/"
    tried = alarm_name(here.assembly.stage, SYSTEM_HEARTBEAT.name, ERRORS.slug)
    items = here.read_all(
        "cloudwatch:DescribeAlarmHistory",
        "AlarmHistoryItems",
        HistoryItemType="Action",
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        StartDate=datetime.now(UTC) - _DAY,
    )
    summaries = [each.get("HistorySummary", "") for each in items if each.get("AlarmName", "").startswith(prefix)]
    refused = [each for each in summaries if each.startswith("Failed")]
    if refused:
        yield failed(
            name,
            f"{len(refused)} of {len(summaries)} actions of alarms failed in the last day",
            "Alarms notify nobody",
            "see the error in the alarm's history; the key's policy must allow cloudwatch.amazonaws.com",
        )
    elif summaries:
        yield ok(name, f"{counted(len(summaries), 'action')} of alarms succeeded in the last day")
    else:
        yield not_seen(
            name,
            "no alarm changed its state in the last day",
            f"aws cloudwatch set-alarm-state --alarm-name {tried} --state-value ALARM "
            f"--state-reason preflight --region {here.region}, then run preflight again: one mail and one card come",
        )


def saved_queries(here: Account) -> Iterator[CheckResult]:
    """Start each saved query of Logs Insights over a second, and stop it: CloudWatch refuses what it cannot parse."""
    name, now = "saved-queries", int(datetime.now(UTC).timestamp())
    queries = here.assembly.queries
    for query in queries:
        groups = {"logGroupNames": query["LogGroupNames"]} if query.get("LogGroupNames") else {}
        try:
            started = here.read(
                "logs:StartQuery", queryString=query["QueryString"], startTime=now - 1, endTime=now, **groups
            )
        except AbsentError:
            yield not_yet(name)
            return
        except UnreadError as error:
            if not error.malformed:
                raise
            meaning = "The dashboard and the runbook use this query"
            yield failed(name, f"{query['Name']} is refused: {error}", meaning, "correct it, and deploy")
            return
        _stop(here, started["queryId"])
    yield ok(name, f"CloudWatch accepts {len(queries)} of {len(queries)} queries")


def _stop(here: Account, query_id: str) -> None:
    """Stop a query; CloudWatch refuses that for one that has ended (CloudWatch Logs API, StopQuery)."""
    try:
        here.read("logs:StopQuery", queryId=query_id)
    except UnreadError as error:
        if error.denied:
            raise


def archive(here: Account) -> Iterator[CheckResult]:
    """Check that the archive's pattern matches every event: there are heartbeats at least."""
    name = "archive"
    try:
        found = here.read("events:DescribeArchive", ArchiveName=resource_name(here.assembly.stage))
    except AbsentError:
        yield not_yet(name)
        return
    count, state = found.get("EventCount", 0), found.get("State", "")
    if state == "ENABLED" and count:
        yield ok(name, f"{count:,} events are archived")
    else:
        yield failed(
            name,
            f"{count:,} events are archived, and it is {state}",
            "There is nothing to replay; EventBridge counts events a few minutes late",
            "run preflight again in ten minutes; if it is still empty, the archive's pattern matches nothing",
        )


VERIFICATIONS: Mapping[str, Callable[[Account], Iterator[CheckResult]]] = {
    "queue-urls": queue_urls,
    "message-groups": message_groups,
    "heartbeat": heartbeat,
    "fill": fill,
    "search": search,
    "mapping-tags": mapping_tags,
    "recursive-loop": recursive_loop,
    "alarm-actions": alarm_actions,
    "saved-queries": saved_queries,
    "text-metric": text_metric,
    "mail-metric": mail_metric,
    "archive": archive,
}
"""The verifications by their name in the page."""
