"""What holds anything at rest: under which key, for how long and why. Read off the templates of every stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.identity import REMEMBERED_DAYS
from tests.infrastructure.deployment import Deployment, Resource
from tests.security.holdings import PURPOSES, Kind, NotThoughtOfError, Purpose, kind_of

_DAY = 24 * 3600

ELSEWHERE = """\
AWS keeps three things more that no template names: metrics (counts and seconds by type) for 15 months, traces (names
and times of calls) for 30 days, both encrypted by keys of AWS's own; and, in the bucket of `cdk bootstrap`, code and
templates."""


@dataclass(frozen=True)
class Keeping:
    """How one resource is kept."""

    key: str
    kept: str
    goes: str
    """When its stack goes."""


_QUEUES_OWN = "SQS's own (SSE-SQS)"

_UNSAID: Mapping[str, tuple[str, str]] = {
    "AWS::Events::EventBus": ("KmsKeyIdentifier", "AWS owned ([EventBridge][eb])"),
    "AWS::Events::Archive": ("KmsKeyIdentifier", "AWS owned ([EventBridge][eb])"),
    "AWS::DynamoDB::Table": ("SSESpecification", "AWS owned ([DynamoDB][ddb])"),
    "AWS::Logs::LogGroup": ("KmsKeyId", "CloudWatch Logs' own ([CloudWatch Logs][logs])"),
    "AWS::SecretsManager::Secret": ("KmsKeyId", "AWS managed, `aws/secretsmanager` ([Secrets Manager][sm])"),
    # A group has no key: each schedule may name one, and `lambdas/common/clients/scheduler.py` names none.
    "AWS::Scheduler::ScheduleGroup": ("KmsKeyArn", "AWS owned ([EventBridge Scheduler][scheduler])"),
}
"""By type: the property that would name a key, and the key where it does not, as AWS says."""

SOURCES = """\
[eb]: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-at-rest-key-options.html
[ddb]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
[logs]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
[sm]: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
[scheduler]: https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html"""


def table(deployments: Mapping[str, Deployment], purposes: Mapping[Kind, Purpose] = PURPOSES) -> str:
    """One line for each kind, in Markdown.

    Args:
        deployments: stages by their names, `prod` among them.
        purposes: what is said of the kinds.

    Raises:
        NotThoughtOfError: a resource is of no kind, a kind is not there or has no purpose, or its resources differ.
    """
    found = {stage: keepings(deployment) for stage, deployment in deployments.items()}
    there = {kind for kinds in found.values() for kind in kinds}
    for kind in Kind:
        if kind not in there or kind not in purposes:
            missing = "nobody says what for: add it to PURPOSES" if kind in there else "no stage has any: take it out"
            raise NotThoughtOfError(f"{kind}: {missing}, in tests/security/holdings.py")
    lines = [
        _line(kind, purposes[kind], {stage: kinds[kind] for stage, kinds in found.items() if kind in kinds})
        for kind in Kind
    ]
    head = ["| what | in it | key | kept | in `prod`, when its stack goes | why |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *lines, "", ELSEWHERE, "", SOURCES])


def keepings(deployment: Deployment) -> dict[Kind, Keeping]:
    """How a stage keeps each kind that it has."""
    found: dict[Kind, set[Keeping]] = {}
    for resource in deployment.resources():
        if kind := kind_of(deployment, resource):
            found.setdefault(kind, set()).add(keeping(deployment, resource))
    for kind, ways in found.items():
        if len(ways) > 1:
            raise NotThoughtOfError(f"{kind}: kept in {len(ways)} ways in stage {deployment.stage.name}: {ways}")
    return {kind: way for kind, (way,) in found.items()}


def keeping(deployment: Deployment, resource: Resource) -> Keeping:
    """How a resource is kept.

    Raises:
        NotThoughtOfError: it is not encrypted, or kept for ever.
    """
    goes = tuple(resource.definition.get(policy, "Delete") for policy in ("DeletionPolicy", "UpdateReplacePolicy"))
    if goes not in _GOES:
        raise NotThoughtOfError(f"{resource} stays or goes by halves: {goes}")
    return Keeping(_key(deployment, resource), _kept(resource), _GOES[goes])


_GOES = {("RetainExceptOnCreate", "Retain"): "stays", ("Delete", "Delete"): "goes"}
"""What becomes of it by its policies. `RetainExceptOnCreate`: a first deployment that fails leaves nothing behind."""


def _key(deployment: Deployment, resource: Resource) -> str:
    said: Mapping[str, Any] = resource.properties
    match resource.type:
        case "AWS::SQS::Queue" if said.get("SqsManagedSseEnabled") is True and "KmsMasterKeyId" not in said:
            return _QUEUES_OWN
        case "AWS::SNS::Topic" if "KmsMasterKeyId" in said:
            return _customers(deployment.follow(resource.stack, said["KmsMasterKeyId"]))
        case "AWS::KMS::Key":
            return f"is one: {_customers(resource)}"
        case type_ if type_ in _UNSAID and not said.get(_UNSAID[type_][0]):
            return _UNSAID[type_][1]
    raise NotThoughtOfError(f"{resource} is encrypted by no key, or by one that {__name__} knows nothing of")


def _customers(key: Resource) -> str:
    if key.properties.get("EnableKeyRotation") is not True:
        raise NotThoughtOfError(f"{key} is never rotated: set EnableKeyRotation")
    return "ours, rotated each year"


def _kept(resource: Resource) -> str:
    said: Mapping[str, Any] = resource.properties
    try:
        return _KEPT[resource.type](said)
    except KeyError as missing:
        raise NotThoughtOfError(f"{resource} is kept for ever, or nobody knows how long: it lacks {missing}") from None


def _days(count: float) -> str:
    return f"{count:g} {'day' if count == 1 else 'days'}"


def _remembered(said: Mapping[str, Any]) -> str:
    """As long as `lambdas/common/idempotency.py` says; AWS takes 35 days for backups where a template says nothing."""
    if not said["TimeToLiveSpecification"]["Enabled"]:
        raise KeyError("TimeToLiveSpecification.Enabled")
    backups = said["PointInTimeRecoverySpecification"].get("RecoveryPeriodInDays", 35)
    return (
        f"{_days(REMEMBERED_DAYS)} and the few until DynamoDB deletes; in backups (point-in-time recovery) "
        f"{_days(backups)} more"
    )


_KEPT: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "AWS::DynamoDB::Table": _remembered,
    "AWS::Events::Archive": lambda said: _days(said["RetentionDays"]),
    "AWS::Events::EventBus": lambda _: "until a queue took it, 24 hours at most",
    "AWS::KMS::Key": lambda _: "as long as its stage",
    "AWS::Logs::LogGroup": lambda said: _days(said["RetentionInDays"]),
    "AWS::SNS::Topic": lambda _: "until it was delivered, 23 days at most",
    "AWS::SQS::Queue": lambda said: _days(said["MessageRetentionPeriod"] / _DAY),
    "AWS::Scheduler::ScheduleGroup": lambda _: "until it is due",
    "AWS::SecretsManager::Secret": lambda _: "until a new one is stored",
}
"""By type, of its properties. What bus and topic do is the services' own (EventBridge, "How EventBridge retries
delivering events"; SNS, "Message delivery retries").
"""


def _line(kind: Kind, purpose: Purpose, ways: Mapping[str, Keeping]) -> str:
    keys = {way.key for way in ways.values()}
    if len(keys) > 1:
        raise NotThoughtOfError(f"{kind}: the key depends on the stage: {keys}")
    cells = (kind, purpose.holds, *keys, _by_stage(ways), ways["prod"].goes, purpose.why)
    return f"| {' | '.join(cells)} |"


def _by_stage(ways: Mapping[str, Keeping]) -> str:
    times = [way.kept for way in ways.values()]
    return times[0] if len(set(times)) == 1 else ", ".join(f"`{stage}` {way.kept}" for stage, way in ways.items())
