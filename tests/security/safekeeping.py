"""The storage of a stage: encryption key, retention and the reasons, read from the templates of every stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.causes import FINGERPRINT, KEPT
from schemas.identity import REMEMBERED_DAYS
from schemas.suppression import SUPPRESSED_FOR
from tests.infrastructure.deployment import Deployment, Resource
from tests.security.holdings import PURPOSES, Rationale, Store, UndocumentedStorageError, kind_of

_DAY = 24 * 3600

ELSEWHERE = """\
AWS keeps three more kinds of data that no template names: metrics (counts and seconds by type) for 15 months, traces
(names and times of calls) for 30 days, both encrypted by AWS's own keys; and, in the bucket of `cdk bootstrap`, code
and templates."""


@dataclass(frozen=True)
class Keeping:
    """The key, retention and deletion of one resource."""

    key: str
    kept: str
    goes: str
    """What happens to it when its stack is deleted."""


_QUEUES_OWN = "SQS's own (SSE-SQS)"

_DEFAULT_KEYS: Mapping[str, tuple[str, str]] = {
    "AWS::Events::EventBus": ("KmsKeyIdentifier", "AWS owned ([EventBridge][eb])"),
    "AWS::Events::Archive": ("KmsKeyIdentifier", "AWS owned ([EventBridge][eb])"),
    "AWS::DynamoDB::Table": ("SSESpecification", "AWS owned ([DynamoDB][ddb])"),
    "AWS::Logs::LogGroup": ("KmsKeyId", "CloudWatch Logs' own ([CloudWatch Logs][logs])"),
    "AWS::SecretsManager::Secret": ("KmsKeyId", "AWS managed, `aws/secretsmanager` ([Secrets Manager][sm])"),
    # A group has no key: each schedule may name one, and `lambdas/common/clients/scheduler.py` names none.
    "AWS::Scheduler::ScheduleGroup": ("KmsKeyArn", "AWS owned ([EventBridge Scheduler][scheduler])"),
}
"""By type: the property that would name a key, and the key without it, according to AWS."""

SOURCES = """\
[eb]: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-at-rest-key-options.html
[ddb]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
[logs]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
[sm]: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
[scheduler]: https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html"""


def table(deployments: Mapping[str, Deployment], purposes: Mapping[Store, Rationale] = PURPOSES) -> str:
    """One line for each kind, in Markdown.

    Args:
        deployments: stages by name, `prod` among them.
        purposes: the purpose of each kind.

    Raises:
        UndocumentedStorageError: a resource has no kind, a kind has no resource or no purpose, or its resources differ.
    """
    found = {stage: keepings(deployment) for stage, deployment in deployments.items()}
    there = {kind for kinds in found.values() for kind in kinds}
    for kind in Store:
        if kind not in there or kind not in purposes:
            missing = "nobody says what for: add it to PURPOSES" if kind in there else "no stage has any: take it out"
            raise UndocumentedStorageError(f"{kind}: {missing}, in tests/security/holdings.py")
    lines = [
        _line(kind, purposes[kind], {stage: kinds[kind] for stage, kinds in found.items() if kind in kinds})
        for kind in Store
    ]
    head = ["| what | in it | key | kept | in `prod`, when its stack goes | why |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *lines, "", ELSEWHERE, "", SOURCES])


def keepings(deployment: Deployment) -> dict[Store, Keeping]:
    """How a stage keeps each kind of data."""
    found: dict[Store, set[Keeping]] = {}
    for resource in deployment.resources():
        if kind := kind_of(deployment, resource):
            found.setdefault(kind, set()).add(keeping(deployment, resource))
    for kind, ways in found.items():
        if len(ways) > 1:
            raise UndocumentedStorageError(f"{kind}: kept in {len(ways)} ways in stage {deployment.stage.name}: {ways}")
    return {kind: way for kind, (way,) in found.items()}


def keeping(deployment: Deployment, resource: Resource) -> Keeping:
    """How a resource is kept.

    Raises:
        UndocumentedStorageError: it is not encrypted, or has no retention.
    """
    goes = tuple(resource.definition.get(policy, "Delete") for policy in ("DeletionPolicy", "UpdateReplacePolicy"))
    if goes not in _GOES:
        raise UndocumentedStorageError(f"{resource} stays or goes by halves: {goes}")
    return Keeping(_key(deployment, resource), _kept(resource), _GOES[goes])


_GOES = {("RetainExceptOnCreate", "Retain"): "stays", ("Delete", "Delete"): "goes"}
"""The effect of its policies. `RetainExceptOnCreate`: a first deployment that fails leaves nothing behind."""


def _key(deployment: Deployment, resource: Resource) -> str:
    properties: Mapping[str, Any] = resource.properties
    match resource.type:
        case "AWS::SQS::Queue" if properties.get("SqsManagedSseEnabled") is True and "KmsMasterKeyId" not in properties:
            return _QUEUES_OWN
        case "AWS::SNS::Topic" if "KmsMasterKeyId" in properties:
            return _customers(deployment.follow(resource.stack, properties["KmsMasterKeyId"]))
        case "AWS::KMS::Key":
            return f"is one: {_customers(resource)}"
        case type_ if type_ in _DEFAULT_KEYS and not properties.get(_DEFAULT_KEYS[type_][0]):
            return _DEFAULT_KEYS[type_][1]
    raise UndocumentedStorageError(f"{resource} is encrypted by no key, or by one that {__name__} knows nothing of")


def _customers(key: Resource) -> str:
    if key.properties.get("EnableKeyRotation") is not True:
        raise UndocumentedStorageError(f"{key} is never rotated: set EnableKeyRotation")
    return "ours, rotated each year"


def _kept(resource: Resource) -> str:
    properties: Mapping[str, Any] = resource.properties
    try:
        return _KEPT[resource.type](properties)
    except KeyError as missing:
        raise UndocumentedStorageError(
            f"{resource} is kept for ever, or nobody knows how long: it lacks {missing}"
        ) from None


def _days(count: float) -> str:
    return f"{count:g} {'day' if count == 1 else 'days'}"


def _records(properties: Mapping[str, Any]) -> str:
    """The retention that our code writes into items; without a setting AWS keeps backups for 35 days."""
    if not properties["TimeToLiveSpecification"]["Enabled"]:
        raise KeyError("TimeToLiveSpecification.Enabled")
    backups = properties["PointInTimeRecoverySpecification"].get("RecoveryPeriodInDays", 35)
    is_causes = any(key["AttributeName"] == FINGERPRINT for key in properties["KeySchema"])
    kept = (
        _days(KEPT.days)
        if is_causes
        else f"{_days(REMEMBERED_DAYS)}, suppressed addresses {_days(SUPPRESSED_FOR.days)}"
    )
    return f"{kept}, and the few until DynamoDB deletes; in backups (point-in-time recovery) {_days(backups)} more"


_KEPT: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "AWS::DynamoDB::Table": _records,
    "AWS::Events::Archive": lambda properties: _days(properties["RetentionDays"]),
    "AWS::Events::EventBus": lambda _: "until a queue took it, 24 hours at most",
    "AWS::KMS::Key": lambda _: "as long as its stage",
    "AWS::Logs::LogGroup": lambda properties: _days(properties["RetentionInDays"]),
    "AWS::SNS::Topic": lambda _: "until it was delivered, 23 days at most",
    "AWS::SQS::Queue": lambda properties: _days(properties["MessageRetentionPeriod"] / _DAY),
    "AWS::Scheduler::ScheduleGroup": lambda _: "until it is due",
    "AWS::SecretsManager::Secret": lambda _: "until a new one is stored",
}
"""The retention by type, from the resource's properties.

Bus and topic follow the services' own rules (EventBridge, "How EventBridge retries delivering events"; SNS, "Message
delivery retries").
"""


def _line(kind: Store, purpose: Rationale, ways: Mapping[str, Keeping]) -> str:
    keys = {way.key for way in ways.values()}
    if len(keys) > 1:
        raise UndocumentedStorageError(f"{kind}: the key depends on the stage: {keys}")
    cells = (kind, purpose.holds, *keys, _by_stage(ways), ways["prod"].goes, purpose.why)
    return f"| {' | '.join(cells)} |"


def _by_stage(ways: Mapping[str, Keeping]) -> str:
    times = [way.kept for way in ways.values()]
    return times[0] if len(set(times)) == 1 else ", ".join(f"`{stage}` {way.kept}" for stage, way in ways.items())
