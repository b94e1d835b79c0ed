"""The trial of each action: one AWS call that succeeds for an allowed role and is denied for others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from schemas.causes import FINGERPRINT, SERVICE
from schemas.pauses import SUBJECT_TAG
from tests.security.access import Access, Actor, Place, lacks

Clients = Callable[[str], Any]
"""A service's client with a role's credentials, by its boto3 name."""

Call = Callable[[Clients, str], object]
"""Calls AWS with these clients on a resource: a queue's URL, else an ARN or a name."""

DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}
"""The services' error codes for denied access."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One action on the places to which it applies."""

    action: str
    call: Call
    places: Sequence[Place]
    answers: frozenset[str] = frozenset()
    """Errors that an allowed role may get: the call names something that does not exist, so that it does no harm."""

    def is_allowed(self, clients: Clients, resource: str) -> bool:
        """Try the action.

        Raises:
            ClientError: the call failed for another reason than a denial.
        """
        try:
            self.call(clients, resource)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in DENIALS:
                return False
            if code not in self.answers:
                raise
        return True


_QUEUES = (
    Place.QUEUE,
    Place.DEAD_LETTERS,
    Place.ANOTHERS_QUEUE,
    Place.ANOTHERS_DEAD_LETTERS,
    Place.INGRESS,
    Place.INGRESS_DEAD_LETTERS,
    Place.SCHEDULE_DEAD_LETTERS,
    Place.DRILLS_DEAD_LETTERS,
    Place.UNROUTED,
    Place.UNDELIVERABLE,
    Place.REDO_QUEUE,
    Place.ALERTS,
)
_LOGS = (Place.LOGS, Place.ANOTHERS_LOGS, Place.AUDIT_LOGS)
_SECRETS = (Place.CRM_TOKEN, Place.SLACK_WEBHOOK, Place.SUPPRESSION_KEY)
_TOPICS = (Place.ALARMS_TOPIC, Place.NOTIFIER_TOPIC)
_FUNCTIONS = (Place.FUNCTION, Place.ANOTHERS_FUNCTION, Place.NOTIFIER, Place.KEEPER)
_ROLES = (Place.ROLE, Place.ANOTHERS_ROLE)
_TABLES = (Place.TABLE, Place.CAUSES)
_MISSING_NAME = "nothing-of-this-name"
_NO_CAUSE = {FINGERPRINT: {"S": _MISSING_NAME}, SERVICE: {"S": _MISSING_NAME}}


def _on_queues(action: str, method: str, *answers: str, **arguments: Any) -> Trial:
    def call(aws: Clients, url: str) -> object:
        return getattr(aws("sqs"), method)(QueueUrl=url, **arguments)

    return Trial(action=f"sqs:{action}", call=call, places=_QUEUES, answers=frozenset(answers))


def _arn_of(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{url.rsplit('/', 1)[1]}"


def _trial(action: str, places: Sequence[Place], call: Call, *answers: str) -> Trial:
    return Trial(action=action, call=call, places=places, answers=frozenset(answers))


TRIALS = (
    _on_queues("ReceiveMessage", "receive_message", VisibilityTimeout=0),
    _on_queues("DeleteMessage", "delete_message", "ReceiptHandleIsInvalid", ReceiptHandle=_MISSING_NAME),
    _on_queues(
        "ChangeMessageVisibility",
        "change_message_visibility",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        ReceiptHandle=_MISSING_NAME,
        VisibilityTimeout=0,
    ),
    _on_queues("SendMessage", "send_message", MessageBody="not JSON"),
    _on_queues("GetQueueAttributes", "get_queue_attributes", AttributeNames=["QueueArn"]),
    _trial("sqs:GetQueueUrl", _QUEUES, lambda aws, url: aws("sqs").get_queue_url(QueueName=url.rsplit("/", 1)[1])),
    _on_queues("SetQueueAttributes", "set_queue_attributes", Attributes={"VisibilityTimeout": "0"}),
    _on_queues("AddPermission", "add_permission", Label="x", AWSAccountIds=["123412341234"], Actions=["*"]),
    _trial(
        "sqs:StartMessageMoveTask",
        (Place.DEAD_LETTERS, Place.ANOTHERS_DEAD_LETTERS, Place.INGRESS_DEAD_LETTERS, Place.UNROUTED),
        lambda aws, url: aws("sqs").start_message_move_task(SourceArn=_arn_of(url)),
    ),
    _on_queues("PurgeQueue", "purge_queue"),
    _on_queues("DeleteQueue", "delete_queue"),
    _trial(
        "events:PutEvents",
        (Place.BUS, Place.DEFAULT_BUS),
        lambda aws, bus: aws("events").put_events(
            Entries=[{"EventBusName": bus, "Source": "taly.trial", "DetailType": "trial", "Detail": "{}"}]
        ),
    ),
    _trial("events:DeleteRule", (Place.BUS,), lambda aws, bus: aws("events").delete_rule(EventBusName=bus, Name="x")),
    _trial(
        "events:PutRule",
        (Place.BUS,),
        lambda aws, bus: aws("events").put_rule(EventBusName=bus, Name="x", EventPattern='{"source": ["x"]}'),
    ),
    _trial(
        "events:PutTargets",
        (Place.BUS,),
        lambda aws, bus: aws("events").put_targets(
            EventBusName=bus, Rule="x", Targets=[{"Id": "x", "Arn": "arn:aws:sqs:us-east-1:123412341234:x"}]
        ),
    ),
    _trial(
        "events:PutPermission",
        (Place.BUS,),
        lambda aws, bus: aws("events").put_permission(
            EventBusName=bus, Action="events:PutEvents", Principal="*", StatementId="x"
        ),
    ),
    _trial("events:DescribeEventBus", (Place.BUS,), lambda aws, bus: aws("events").describe_event_bus(Name=bus)),
    _trial(
        "events:ListTargetsByRule",
        (Place.RULES,),
        lambda aws, bus: aws("events").list_targets_by_rule(EventBusName=bus, Rule=_MISSING_NAME),
        "ResourceNotFoundException",
    ),
    _trial("events:ListRules", (Place.ACCOUNT,), lambda aws, _: aws("events").list_rules(Limit=1)),
    _trial("events:ListArchives", (Place.ACCOUNT,), lambda aws, _: aws("events").list_archives()),
    _trial("events:ListReplays", (Place.ACCOUNT,), lambda aws, _: aws("events").list_replays()),
    _trial(
        "events:DescribeArchive",
        (Place.ARCHIVE,),
        lambda aws, archive: aws("events").describe_archive(ArchiveName=archive),
        "ResourceNotFoundException",
    ),
    _trial(
        "events:DescribeReplay",
        (Place.REPLAYS,),
        lambda aws, replay: aws("events").describe_replay(ReplayName=replay),
        "ResourceNotFoundException",
    ),
    _trial(
        "events:CancelReplay",
        (Place.REPLAYS,),
        lambda aws, replay: aws("events").cancel_replay(ReplayName=replay),
        "ResourceNotFoundException",
    ),
    _trial(
        "events:StartReplay",
        (Place.ARCHIVE,),
        lambda aws, archive: aws("events").start_replay(
            ReplayName=archive,
            EventSourceArn=f"arn:aws:events:us-east-1:000000000000:archive/{_MISSING_NAME}",
            EventStartTime=0,
            EventEndTime=1,
            Destination={"Arn": f"arn:aws:events:us-east-1:000000000000:event-bus/{_MISSING_NAME}"},
        ),
        "ResourceNotFoundException",
        "ValidationException",
    ),
    _trial(
        "secretsmanager:GetSecretValue", _SECRETS, lambda aws, arn: aws("secretsmanager").get_secret_value(SecretId=arn)
    ),
    _trial(
        "secretsmanager:DescribeSecret", _SECRETS, lambda aws, arn: aws("secretsmanager").describe_secret(SecretId=arn)
    ),
    _trial(
        "secretsmanager:PutSecretValue",
        _SECRETS,
        lambda aws, arn: aws("secretsmanager").put_secret_value(
            SecretId=arn, SecretString="trial", VersionStages=["trial"]
        ),
    ),
    _trial(
        "dynamodb:PutItem",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").put_item(TableName=table, Item={"id": {"S": _MISSING_NAME}}),
    ),
    _trial(
        "dynamodb:GetItem",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").get_item(TableName=table, Key={"id": {"S": _MISSING_NAME}}),
    ),
    _trial(
        "dynamodb:BatchGetItem",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").batch_get_item(
            RequestItems={table: {"Keys": [{"id": {"S": _MISSING_NAME}}]}}
        ),
    ),
    _trial(
        "dynamodb:UpdateItem",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").update_item(TableName=table, Key={"id": {"S": _MISSING_NAME}}),
    ),
    _trial(
        "dynamodb:DeleteItem",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").delete_item(TableName=table, Key={"id": {"S": _MISSING_NAME}}),
    ),
    _trial(
        "dynamodb:Query",
        (Place.TABLE,),
        lambda aws, table: aws("dynamodb").query(
            TableName=table, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": _MISSING_NAME}}
        ),
    ),
    _trial("dynamodb:Scan", _TABLES, lambda aws, table: aws("dynamodb").scan(TableName=table, Limit=1)),
    _trial("dynamodb:DeleteTable", _TABLES, lambda aws, table: aws("dynamodb").delete_table(TableName=table)),
    _trial(
        "dynamodb:PutItem",
        (Place.CAUSES,),
        lambda aws, table: aws("dynamodb").put_item(TableName=table, Item=_NO_CAUSE),
    ),
    _trial(
        "dynamodb:GetItem",
        (Place.CAUSES,),
        lambda aws, table: aws("dynamodb").get_item(TableName=table, Key=_NO_CAUSE),
    ),
    _trial(
        "dynamodb:UpdateItem",
        (Place.CAUSES,),
        lambda aws, table: aws("dynamodb").update_item(TableName=table, Key=_NO_CAUSE),
    ),
    _trial(
        "dynamodb:DeleteItem",
        (Place.CAUSES,),
        lambda aws, table: aws("dynamodb").delete_item(TableName=table, Key=_NO_CAUSE),
    ),
    _trial(
        "ses:SendEmail",
        (Place.SENDER,),
        lambda aws, sender: aws("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["trial@example.com"]},
            Content={"Simple": {"Subject": {"Data": "trial"}, "Body": {"Text": {"Data": "trial"}}}},
        ),
    ),
    _trial("ses:GetAccount", (Place.MAIL_ACCOUNT,), lambda aws, _: aws("sesv2").get_account()),
    _trial(
        "ses:GetEmailIdentity",
        (Place.MAIL_IDENTITY,),
        lambda aws, identity: aws("sesv2").get_email_identity(EmailIdentity=identity),
    ),
    _trial(
        "ses:CreateEmailIdentity",
        (Place.ACCOUNT,),
        lambda aws, _: aws("sesv2").create_email_identity(EmailIdentity="evil.example"),
    ),
    _trial("sns:Publish", (Place.PHONES,), lambda aws, phone: aws("sns").publish(PhoneNumber=phone, Message="trial")),
    _trial(
        "sns:GetSMSAttributes",
        (Place.TEXT_ACCOUNT,),
        lambda aws, _: aws("sns").get_sms_attributes(),
        "InvalidAction",  # the emulator lacks it, and says so to an allowed role only
    ),
    _trial(
        "sns:ListSubscriptionsByTopic",
        _TOPICS,
        lambda aws, topic: aws("sns").list_subscriptions_by_topic(TopicArn=topic),
    ),
    _trial("sns:Publish", _TOPICS, lambda aws, topic: aws("sns").publish(TopicArn=topic, Message="trial")),
    _trial(
        "sns:Subscribe",
        _TOPICS,
        lambda aws, topic: aws("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="evil@example.com"),
    ),
    _trial(
        "kms:GenerateDataKey*",
        (Place.TOPICS_KEY,),
        lambda aws, key: aws("kms").generate_data_key(KeyId=key, KeySpec="AES_256"),
    ),
    _trial(
        "kms:ScheduleKeyDeletion", (Place.TOPICS_KEY,), lambda aws, key: aws("kms").schedule_key_deletion(KeyId=key)
    ),
    _trial(
        "scheduler:CreateSchedule",
        (Place.SCHEDULES,),
        lambda aws, group: aws("scheduler").create_schedule(
            Name="trial",
            GroupName=group,
            ScheduleExpression="at(2099-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:x", "RoleArn": "arn:aws:iam::000000000000:role/x"},
        ),
        "ConflictException",
    ),
    _trial(
        "scheduler:UpdateSchedule",
        (Place.SCHEDULES,),
        lambda aws, group: aws("scheduler").update_schedule(
            Name=_MISSING_NAME,
            GroupName=group,
            ScheduleExpression="at(2099-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:x", "RoleArn": "arn:aws:iam::000000000000:role/x"},
        ),
        "ResourceNotFoundException",
    ),
    _trial(
        "scheduler:DeleteSchedule",
        (Place.SCHEDULES,),
        lambda aws, group: aws("scheduler").delete_schedule(Name=_MISSING_NAME, GroupName=group),
        "ResourceNotFoundException",
    ),
    _trial(
        "scheduler:GetSchedule",
        (Place.SCHEDULES,),
        lambda aws, group: aws("scheduler").get_schedule(Name=_MISSING_NAME, GroupName=group),
        "ResourceNotFoundException",
    ),
    _trial(
        "scheduler:ListSchedules",
        (Place.SCHEDULES,),
        lambda aws, group: aws("scheduler").list_schedules(GroupName=group),
    ),
    _trial(
        "logs:CreateLogStream",
        _LOGS,
        lambda aws, group: aws("logs").create_log_stream(logGroupName=group, logStreamName="trial"),
        "ResourceAlreadyExistsException",
    ),
    _trial(
        "logs:PutLogEvents",
        _LOGS,
        lambda aws, group: aws("logs").put_log_events(
            logGroupName=group, logStreamName=_MISSING_NAME, logEvents=[{"timestamp": 0, "message": "trial"}]
        ),
        "ResourceNotFoundException",
    ),
    _trial("logs:FilterLogEvents", _LOGS, lambda aws, group: aws("logs").filter_log_events(logGroupName=group)),
    _trial(
        "logs:GetLogEvents",
        _LOGS,
        lambda aws, group: aws("logs").get_log_events(logGroupName=group, logStreamName=_MISSING_NAME),
        "ResourceNotFoundException",
    ),
    _trial("logs:DescribeLogStreams", _LOGS, lambda aws, group: aws("logs").describe_log_streams(logGroupName=group)),
    _trial(
        "logs:StartQuery",
        _LOGS,
        lambda aws, group: aws("logs").start_query(
            logGroupName=group, startTime=0, endTime=1, queryString="fields @message"
        ),
    ),
    _trial(
        "logs:GetQueryResults",
        (Place.ACCOUNT,),
        lambda aws, _: aws("logs").get_query_results(queryId=_MISSING_NAME),
        "ResourceNotFoundException",
    ),
    _trial(
        "logs:StopQuery",
        (Place.ACCOUNT,),
        lambda aws, _: aws("logs").stop_query(queryId=_MISSING_NAME),
        "ResourceNotFoundException",
    ),
    _trial("logs:DescribeQueries", (Place.ACCOUNT,), lambda aws, _: aws("logs").describe_queries()),
    _trial("logs:DescribeLogGroups", (Place.ACCOUNT,), lambda aws, _: aws("logs").describe_log_groups(limit=1)),
    _trial("logs:DeleteLogGroup", _LOGS, lambda aws, group: aws("logs").delete_log_group(logGroupName=group)),
    _trial(
        "lambda:InvokeFunction",
        _FUNCTIONS,
        lambda aws, name: aws("lambda").invoke(FunctionName=name, InvocationType="DryRun"),
    ),
    _trial(
        "lambda:UpdateFunctionConfiguration",
        _FUNCTIONS,
        lambda aws, name: aws("lambda").update_function_configuration(FunctionName=name, Timeout=1),
    ),
    _trial(
        "lambda:UpdateFunctionCode",
        _FUNCTIONS,
        lambda aws, name: aws("lambda").update_function_code(FunctionName=name, ZipFile=b"not a zip"),
    ),
    _trial(
        "lambda:GetFunctionConfiguration",
        _FUNCTIONS,
        lambda aws, name: aws("lambda").get_function_configuration(FunctionName=name),
    ),
    _trial(
        "lambda:ListEventSourceMappings",
        (Place.ACCOUNT,),
        lambda aws, _: aws("lambda").list_event_source_mappings(MaxItems=1),
    ),
    _trial("lambda:ListTags", (Place.MAPPINGS,), lambda aws, arn: aws("lambda").list_tags(Resource=arn)),
    _trial(
        "lambda:TagResource",
        (Place.MAPPINGS,),
        lambda aws, arn: aws("lambda").tag_resource(Resource=arn, Tags={SUBJECT_TAG: "trial"}),
    ),
    _trial(
        "lambda:UntagResource",
        (Place.MAPPINGS,),
        lambda aws, arn: aws("lambda").untag_resource(Resource=arn, TagKeys=[SUBJECT_TAG]),
    ),
    _trial("lambda:GetFunction", _FUNCTIONS, lambda aws, name: aws("lambda").get_function(FunctionName=name)),
    _trial(
        "iam:PutRolePolicy",
        _ROLES,
        lambda aws, arn: aws("iam").put_role_policy(
            RoleName=arn.rsplit("/", 1)[1], PolicyName="x", PolicyDocument='{"Version": "2012-10-17", "Statement": []}'
        ),
    ),
    _trial(
        "sts:AssumeRole",
        (Place.ANOTHERS_ROLE, Place.BOOTSTRAP_ROLES),
        lambda aws, arn: aws("sts").assume_role(RoleArn=arn, RoleSessionName="trial"),
    ),
    _trial("iam:CreateUser", (Place.ACCOUNT,), lambda aws, _: aws("iam").create_user(UserName="evil")),
    _trial("ssm:GetParametersByPath", (Place.ACCOUNT,), lambda aws, _: aws("ssm").get_parameters_by_path(Path="/")),
    _trial("s3:ListAllMyBuckets", (Place.ACCOUNT,), lambda aws, _: aws("s3").list_buckets()),
    _trial("ssm:GetParameter", (Place.PARAMETERS,), lambda aws, parameter: aws("ssm").get_parameter(Name=parameter)),
    _trial("sqs:ListQueues", (Place.ACCOUNT,), lambda aws, _: aws("sqs").list_queues(MaxResults=1)),
    _trial("cloudformation:DescribeStacks", (Place.ACCOUNT,), lambda aws, _: aws("cloudformation").describe_stacks()),
    _trial(
        "cloudformation:DescribeStacks",
        (Place.STACKS,),
        lambda aws, stack: aws("cloudformation").describe_stacks(StackName=stack),
    ),
    _trial(
        "cloudformation:DescribeStackEvents",
        (Place.STACKS,),
        lambda aws, stack: aws("cloudformation").describe_stack_events(StackName=stack),
    ),
    _trial(
        "cloudformation:DeleteStack",
        (Place.STACKS,),
        lambda aws, stack: aws("cloudformation").delete_stack(StackName=stack),
    ),
    _trial(
        "cloudformation:UpdateStack",
        (Place.STACKS,),
        lambda aws, stack: aws("cloudformation").update_stack(StackName=stack, TemplateBody="{}"),
    ),
    _trial("cloudwatch:DescribeAlarms", (Place.ACCOUNT,), lambda aws, _: aws("cloudwatch").describe_alarms()),
    _trial(
        "cloudwatch:DescribeAlarmHistory", (Place.ACCOUNT,), lambda aws, _: aws("cloudwatch").describe_alarm_history()
    ),
    _trial(
        "cloudwatch:GetMetricData",
        (Place.ACCOUNT,),
        lambda aws, _: aws("cloudwatch").get_metric_data(MetricDataQueries=[], StartTime=0, EndTime=60),
    ),
    _trial(
        "cloudwatch:GetMetricStatistics",
        (Place.ACCOUNT,),
        lambda aws, _: aws("cloudwatch").get_metric_statistics(
            Namespace="AWS/SQS", MetricName="trial", StartTime=0, EndTime=60, Period=60, Statistics=["Sum"]
        ),
    ),
    _trial("cloudwatch:ListMetrics", (Place.ACCOUNT,), lambda aws, _: aws("cloudwatch").list_metrics()),
    _trial("cloudwatch:ListDashboards", (Place.ACCOUNT,), lambda aws, _: aws("cloudwatch").list_dashboards()),
    _trial(
        "cloudwatch:GetDashboard",
        (Place.DASHBOARD,),
        lambda aws, dashboard: aws("cloudwatch").get_dashboard(DashboardName=dashboard),
    ),
    _trial(
        "cloudwatch:DeleteAlarms",
        (Place.ACCOUNT,),
        lambda aws, _: aws("cloudwatch").delete_alarms(AlarmNames=[_MISSING_NAME]),
    ),
)
"""Every action granted to some role or person, and those that the thief of a key would try.

"Another's" means the next type's.
"""


def tried_by(actor: Actor) -> dict[Access, Trial]:
    """All trials of a role."""
    absent = lacks(actor)
    return {Access(each.action, place): each for each in TRIALS for place in each.places if place not in absent}


UNTRIED: Mapping[str, str] = {
    "iam:PassRole": "the emulator does not check it",
    "ses:SendRawEmail": "the emulator checks one action for an email, with or without an attachment",
    "kms:Decrypt": "part of the CDK's grant to publishers; it decrypts only the service's own data",
    "xray:PutTraceSegments": "the emulator has no X-Ray",
    "xray:PutTelemetryRecords": "the emulator has no X-Ray",
    "lambda:GetAccountSettings": "the emulator does not check it",
    "lambda:GetFunctionRecursionConfig": "the emulator does not know its action",
    "lambda:UpdateEventSourceMapping": "the emulator does not check it",
    "logs:DescribeQueryDefinitions": "the emulator has no saved queries",
    "sns:GetSMSSandboxAccountStatus": "the emulator has no sandbox",
    "sns:ListOriginationNumbers": "the emulator has no phone numbers of its own",
    "servicequotas:GetServiceQuota": "the emulator has no quotas",
    "servicequotas:GetAWSDefaultServiceQuota": "the emulator has no quotas",
}
"""Granted actions that are not tried, with the reason; the templates are checked for them all the same."""
