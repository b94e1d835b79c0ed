"""Do each job's side effect once: Powertools Idempotency, by type, tenant and id, in the stage's DynamoDB table.

Powertools Idempotency is imported when a job first runs; reactions do without it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from lambdas.common.errors import IdConflictError, NotNowError, UnavailableError
from lambdas.common.runtime import Runtime
from schemas.destinations import KEEP_RECORDS
from schemas.event_type import Needs
from schemas.identity import REMEMBERED_DAYS, payload_digest
from schemas.message import AnyMessage
from schemas.names import SOURCE

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig


class JobStore:
    """The store of finished jobs (Powertools' persistence layer), one a process.

    A new store adds a listener to its boto3 client for good, which names Powertools in the user agent. With a store a
    job, each job would be slower than the one before.
    """

    need: ClassVar[Needs | None] = None
    """None: every job's function may use the table."""

    def __init__(self, layer: "DynamoDBPersistenceLayer") -> None:
        """Take over a layer that no job has configured yet: the first job configures it for good."""
        self.layer = layer

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Open the stage's table."""
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

        table = runtime.environment.idempotency_table_name
        return cls(DynamoDBPersistenceLayer(table_name=table, boto3_client=runtime.client("dynamodb")))


class IdempotentJob:
    """Runs jobs of one type, each id of a tenant at most once in 30 days."""

    def __init__(self, type_name: str, runtime: Runtime) -> None:
        """Prefix the keys with the type, so that a replaced function finds its jobs again."""
        self._type_name = type_name
        self._runtime = runtime

    def run(self, message: AnyMessage, body: str, job: Callable[[], object]) -> bool:
        """Run a job unless it was done before. Return whether it ran now.

        A job whose success cannot be stored counts as done: another run would repeat it for certain, while a second
        message with its id may never come.

        Raises:
            IdConflictError: another message has the same id: one with another payload, or with another cause.
            NotNowError: the same job is running elsewhere.
            UnavailableError: the table cannot tell whether it was done.
            Exception: the job's own exception; the table then forgets the run.
        """
        from aws_lambda_powertools.utilities.idempotency import exceptions, idempotent_function

        raised: list[Exception] = []
        done: list[bool] = []

        def guarded(*, data: object) -> None:  # noqa: ARG001 Powertools reads the key from it
            try:
                job()
            except Exception as error:
                raised.append(error)
                raise
            done.append(True)

        once = idempotent_function(
            guarded,
            data_keyword_argument="data",
            persistence_store=self._runtime.capability(JobStore).layer,
            config=self._config(),
            key_prefix=self._type_name,
        )
        try:
            once(data={"key": [message.company_id, message.id], "origin": _origin(message, body)})
        except exceptions.IdempotencyValidationError:
            raise IdConflictError("a message with this id, and another payload or cause, came before") from None
        except exceptions.IdempotencyAlreadyInProgressError:
            raise NotNowError("the same job is being run at this moment") from None
        except (exceptions.IdempotencyPersistenceLayerError, exceptions.IdempotencyInconsistentStateError) as error:
            if raised:
                raise raised[0] from None
            if not done:
                raise _unavailable(error) from None
        self._runtime.worked(KEEP_RECORDS)
        return bool(done)

    def _config(self) -> "IdempotencyConfig":
        from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig

        config = IdempotencyConfig(
            event_key_jmespath="key",
            payload_validation_jmespath="origin",
            raise_on_no_idempotency_key=True,
            expires_after_seconds=REMEMBERED_DAYS * 24 * 3600,
            hash_function="sha256",
        )
        # From the deadline Powertools knows whether a started job still runs or its process has ended.
        config.register_lambda_context(cast("Any", self._runtime.budget.context))
        return config


def _unavailable(error: Exception) -> UnavailableError:
    """Return the error after the table failed; its cause, if it has one, is boto3's exception."""
    from lambdas.common.clients.aws_errors import failure_of, unavailable

    failure = failure_of(cast("Exception", error.__cause__ or error), "dynamodb:PutItem")
    return unavailable(failure, KEEP_RECORDS, "the table cannot tell whether it was done")


def _origin(message: AnyMessage, body: str) -> dict[str, str]:
    """Return what messages with one id must have in common to be one message.

    For a follow-up that is its parent. Its payload may differ when the reaction runs again: reactions read afresh.
    A service that names a cause itself computes no ids from it: its payload counts as well.
    """
    cause = {} if message.causation_id is None else {"causationId": message.causation_id}
    if cause and message.source == SOURCE:
        return cause
    return cause | {"payload": payload_digest(body)}
