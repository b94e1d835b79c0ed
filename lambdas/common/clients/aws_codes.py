"""AWS's error codes by operation, and what each means for the message whose call failed.

Sources: the service models in botocore (a test compares them with this table); "Common Error Types" in each API
reference; EventBridge's API reference, `PutEventsResultEntry`; SES's Developer Guide, "Amazon SES email sending errors"
and "Errors related to the sending quotas"; `Throttling error codes` in the AWS SDKs' reference guide.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple


class Meaning(Enum):
    """What a failed call means for its message."""

    FAULT = auto()
    """The message is at fault: the same request would be refused again."""

    UNAVAILABLE = auto()
    """The service is unavailable, or what is wrong is not about this message."""

    THROTTLED = auto()
    """The service takes no more for now."""

    OURS = auto()
    """Unavailable until people correct something on our side: `to_do` says what."""

    DONE = auto()
    """There is nothing to do: it is done already, or it must not be done."""

    UNCLEAR = auto()
    """The service failed. Nobody knows whether that is the message's fault."""

    MAYBE_DONE = auto()
    """The request was sent, and no answer came: it may have been done."""


class CodeMeaning(NamedTuple):
    """What a code means."""

    meaning: Meaning
    to_do: str = ""
    """Where it is ours to mend: what people have to do, as shown on a card; `{}` is the operation."""


Codes = Mapping[str, CodeMeaning]

_FAULT = CodeMeaning(Meaning.FAULT)
_UNAVAILABLE = CodeMeaning(Meaning.UNAVAILABLE)
_THROTTLED = CodeMeaning(Meaning.THROTTLED)
_DONE = CodeMeaning(Meaning.DONE)
_UNCLEAR = CodeMeaning(Meaning.UNCLEAR)


def _ours(to_do: str) -> CodeMeaning:
    return CodeMeaning(Meaning.OURS, to_do)


def _all(entry: CodeMeaning, *codes: str) -> Codes:
    return dict.fromkeys(codes, entry)


_DENIED = _ours(
    "The function's role may not call {}: deploy the stage again with --revert-drift, or take away the policy that "
    "denies it."
)
_NO_IDENTITY = _ours("AWS does not accept the function's credentials for {}: check its role, then deploy again.")
_NO_ACCOUNT = _ours("The AWS account may not use the service of {}: finish the account's registration with AWS.")
_BROKEN = _ours("AWS refuses the form of the request {}: deploy a version of the code that corrects it.")
_NO_KEY = _ours("The KMS key that {} needs cannot be used: enable it, and let the function's role use it.")
_GONE = _ours("What {} needs does not exist: deploy the stage again with --revert-drift.")

_COMMON: Codes = {
    **_all(
        _DENIED,
        *("AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized", "UnauthorizedOperation"),
    ),
    **_all(
        _NO_IDENTITY,
        *("IncompleteSignature", "IncompleteSignatureException", "InvalidClientTokenId", "InvalidSecurity"),
        *("InvalidSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException"),
        *("SignatureDoesNotMatch", "UnrecognizedClientException"),
    ),
    **_all(_NO_ACCOUNT, "OptInRequired", "SubscriptionRequiredException"),
    **_all(_BROKEN, "InvalidAction", "UnknownOperationException"),
    # Lambda renews a function's credentials by itself.
    **_all(_UNAVAILABLE, "ExpiredToken", "ExpiredTokenException", "RequestExpired", "MalformedHttpRequestException"),
    **_all(
        _THROTTLED,
        *("BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete", "RequestLimitExceeded"),
        *("RequestThrottled", "RequestThrottledException", "SlowDown", "Throttled", "ThrottledException"),
        *("Throttling", "ThrottlingException", "TooManyRequestsException"),
    ),
    **_all(
        _UNCLEAR,
        *("InternalError", "InternalFailure", "InternalServerError", "InternalServerException", "InternalServiceError"),
        *("RequestAbortedException", "RequestTimeout", "RequestTimeoutException"),
        *("ServiceUnavailable", "ServiceUnavailableException"),
    ),
    **_all(_FAULT, "RequestEntityTooLargeException", "SerializationException"),
    **_all(_FAULT, "ValidationError", "ValidationException"),
}
"""Codes that any service may answer."""

_SES: Codes = {
    **_COMMON,
    "BadRequestException": _FAULT,
    "MessageRejected": _FAULT,
    "AccountSuspendedException": _ours(
        "SES has suspended this account's sending: answer AWS's case in the SES console, or take another account."
    ),
    "SendingPausedException": _ours(
        "SES has paused this account's sending: see the account's health in the SES console, then resume sending."
    ),
    "MailFromDomainNotVerifiedException": _ours(
        "SES has not verified the sender's MAIL FROM domain: correct its MX and SPF records in the DNS."
    ),
    "NotFoundException": _ours(
        "SES does not know the sender's identity or the configuration set in this region: create it there."
    ),
}

_SNS: Codes = {
    **_COMMON,
    **_all(_FAULT, "InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"),
    "OptedOut": _DONE,
    # These are about topics, and about apps on phones.
    **_all(_UNAVAILABLE, "EndpointDisabled", "NotFound", "PlatformApplicationDisabled"),
    **_all(_NO_KEY, "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSOptInRequired"),
    "KMSThrottling": _THROTTLED,
}

_SECRETS: Codes = {
    **_COMMON,
    **_all(_BROKEN, "InvalidParameterException", "ValidationException"),
    "ResourceNotFoundException": _ours(
        "The secret does not exist, or has no value yet: deploy the stage again with --revert-drift, then store the "
        "value there."
    ),
    "InvalidRequestException": _ours("The secret is being deleted, or has no current value: restore it, or store one."),
    "DecryptionFailure": _NO_KEY,
}

_TABLE: Codes = {
    **_COMMON,
    **_all(_BROKEN, "ValidationException", "ItemCollectionSizeLimitExceededException"),
    "ConditionalCheckFailedException": _DONE,
    "ProvisionedThroughputExceededException": _THROTTLED,
    **_all(_UNAVAILABLE, "ReplicatedWriteConflictException", "TransactionConflictException"),
    "ResourceNotFoundException": _ours(
        "The idempotency table does not exist: deploy the stage again with --revert-drift."
    ),
}

_BUS: Codes = {
    **_COMMON,
    **_all(_FAULT, "InvalidArgument", "MalformedDetail"),
    "InternalException": _UNCLEAR,
    "RedactionFailure": _UNAVAILABLE,
    "InvalidAccountIdException": _BROKEN,
    **_all(
        _ours(
            "The event bus does not let the function publish with this source or type: deploy the stage again with "
            "--revert-drift."
        ),
        *("NotAuthorizedForDetailTypeException", "NotAuthorizedForSourceException"),
    ),
    "ResourceNotFoundException": _ours("The event bus does not exist: deploy the stage again with --revert-drift."),
}

_QUEUES: Codes = {
    **_COMMON,
    **_all(_FAULT, "InvalidAttributeValue", "InvalidMessageContents", "InvalidParameterValue"),
    "BatchRequestTooLong": _FAULT,  # of a batch; then its entries are sent one by one
    **_all(
        _BROKEN,
        *("BatchEntryIdsNotDistinct", "EmptyBatchRequest", "InvalidBatchEntryId", "InvalidIdFormat"),
        *("TooManyEntriesInBatchRequest", "UnsupportedOperation"),
    ),
    **_all(_GONE, "InvalidAddress", "NonExistentQueue", "QueueDoesNotExist"),
    **_all(_NO_KEY, "KmsAccessDenied", "KmsDisabled", "KmsInvalidKeyUsage", "KmsInvalidState", "KmsNotFound"),
    **_all(_NO_KEY, "KMS.AccessDeniedException", "KMS.DisabledException", "KMS.InvalidKeyUsageException"),
    **_all(_NO_KEY, "KMS.InvalidStateException", "KMS.NotFoundException", "KMS.OptInRequired", "KmsOptInRequired"),
    **_all(_THROTTLED, "KMS.ThrottlingException", "KmsThrottled", "OverLimit"),
}

_SCHEDULES: Codes = {
    **_COMMON,
    "ConflictException": _UNAVAILABLE,  # another call changes the same schedule
    "ResourceNotFoundException": _UNAVAILABLE,  # of an update: it ran, or was cancelled, in between
    "ServiceQuotaExceededException": _ours(
        "The account has as many schedules as its quota allows: raise EventBridge Scheduler's quota."
    ),
}

OPERATIONS: Mapping[str, Codes] = {
    "ses:SendEmail": _SES,
    "ses:GetAccount": _SES,
    "sns:Publish": _SNS,
    "sns:GetSMSAttributes": _SNS,
    "secretsmanager:GetSecretValue": _SECRETS,
    "dynamodb:GetItem": _TABLE,
    "dynamodb:BatchGetItem": _TABLE,
    "dynamodb:PutItem": _TABLE,
    "dynamodb:UpdateItem": _TABLE,
    "dynamodb:DeleteItem": _TABLE,
    "events:PutEvents": _BUS,
    "sqs:SendMessageBatch": _QUEUES,
    "sqs:DeleteMessageBatch": _QUEUES,
    "scheduler:CreateSchedule": {
        **_SCHEDULES,
        "ConflictException": _DONE,  # there is a schedule of this name
        "ResourceNotFoundException": _ours(
            "The group of schedules does not exist: deploy the stage again with --revert-drift."
        ),
    },
    "scheduler:UpdateSchedule": _SCHEDULES,
    "scheduler:DeleteSchedule": {**_SCHEDULES, "ResourceNotFoundException": _DONE},
}
"""The codes of each operation that functions call, named as in IAM policies. An unknown code is not ours to judge."""

_NO_ROLE = _ours(
    "EventBridge Scheduler cannot assume the role of the schedules: deploy the stage again with --revert-drift."
)
_SUSPENDED = _SES["AccountSuspendedException"]

PHRASES: Mapping[tuple[str, str], Mapping[str, CodeMeaning]] = {
    ("ses:SendEmail", "MessageRejected"): {
        "address is not verified": _ours(
            "SES has not verified the sender, or the account is in SES's sandbox, where recipients must be verified: "
            "verify the sender's domain, or ask AWS for production access."
        ),
        "sending suspended": _SUSPENDED,
        "sending paused": _SES["SendingPausedException"],
    },
    **{
        ("ses:SendEmail", code): {
            "daily message quota": CodeMeaning(
                Meaning.THROTTLED,
                "SES's daily quota is used up. Mails go on as it becomes free; for more, raise SES's sending quota.",
            )
        }
        for code in ("LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException")
    },
    ("sns:Publish", "InvalidParameter"): {
        "opted out": _DONE,
        # The text names the parameter that SNS refuses.
        "senderid": _ours("SNS refuses the sender of texts: correct the stage setting sms_sender_id."),
        "originationnumber": _ours(
            "SNS refuses the number that texts are sent from: correct the stage setting sms_origination_number."
        ),
    },
    **{
        (f"scheduler:{operation}", "ValidationException"): {"execution role": _NO_ROLE}
        for operation in ("CreateSchedule", "UpdateSchedule")
    },
}
"""Phrases in AWS's text, in lower case, for codes with several meanings, by operation and code."""
