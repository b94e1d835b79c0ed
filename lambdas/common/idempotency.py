"""Each job's side effect once: Powertools' idempotency, by the message's id, in the stage's table.

Powertools' part of it is imported when a job first runs: a reaction needs none of it.
"""

import json
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from lambdas.common.errors import IdConflictError, NotNowError
from lambdas.common.runtime import Runtime
from schemas.event_type import Needs
from schemas.identity import REMEMBERED_DAYS
from schemas.message import AnyMessage

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig


class JobStore:
    """Powertools' store of finished jobs in the stage's table: one a process.

    Each store that is made adds a listener to its client for good (by which Powertools names itself in the user
    agent): with a store a job, each job would be slower than the one before. A store is configured by its first job
    and stays so. The second one, for messages whose payload is not compared, is a copy, which adds no listener.
    """

    need: ClassVar[Needs | None] = None
    """Every job's function may use the table."""

    def __init__(self, store: "DynamoDBPersistenceLayer") -> None:
        """Keep a store that no job has configured yet."""
        self._stores = {True: store, False: copy(store)}

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Open the stage's table."""
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

        table = runtime.environment.idempotency_table_name
        return cls(DynamoDBPersistenceLayer(table_name=table, boto3_client=runtime.client("dynamodb")))

    def store(self, *, validating: bool) -> "DynamoDBPersistenceLayer":
        """The store that compares payloads, or the one that does not."""
        return self._stores[validating]


class IdempotentJob:
    """Runs the jobs of one type, each at most once in 30 days."""

    def __init__(self, type_name: str, runtime: Runtime) -> None:
        """Remember under the type's name, so that a replaced function forgets nothing."""
        self._type_name = type_name
        self._runtime = runtime

    def run(self, message: AnyMessage, body: str, job: Callable[[], object]) -> bool:
        """Run a job, unless it was done before; whether it was run now.

        Where a job is done and that cannot be remembered any more, it counts as done: to run it again would do it
        twice for certain, and a second message of its id may never come.

        Raises:
            IdConflictError: a message of this id, the first of its chain as this one is, had another payload.
            NotNowError: the same job is being run elsewhere, or nobody can say whether it was done.
            Exception: what the job raised; it is then as if it had never been run.
        """
        from aws_lambda_powertools.utilities.idempotency import exceptions, idempotent_function

        raised: list[Exception] = []
        done: list[bool] = []

        def guarded(*, data: object) -> None:  # noqa: ARG001 Powertools makes the key of it
            try:
                job()
            except Exception as error:
                raised.append(error)
                raise
            done.append(True)

        # Follow-ups are computed from fresh reads and may differ when their reaction runs again: that is no conflict.
        is_root = message.causation_id is None
        once = idempotent_function(
            guarded,
            data_keyword_argument="data",
            persistence_store=self._runtime.capability(JobStore).store(validating=is_root),
            config=self._config(validating=is_root),
            key_prefix=self._type_name,
        )
        try:
            once(data={"id": message.id, "payload": json.loads(body)["payload"] if is_root else None})
        except exceptions.IdempotencyValidationError:
            raise IdConflictError("a message with this id and another payload came before") from None
        except exceptions.IdempotencyAlreadyInProgressError:
            raise NotNowError("the same job is being run at this moment") from None
        except (exceptions.IdempotencyPersistenceLayerError, exceptions.IdempotencyInconsistentStateError) as error:
            if raised:
                raise raised[0] from None
            if not done:
                raise NotNowError(f"nobody can say whether it was done: {type(error.__cause__).__name__}") from None
        return bool(done)

    def _config(self, *, validating: bool) -> "IdempotencyConfig":
        from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig

        config = IdempotencyConfig(
            event_key_jmespath="id",
            payload_validation_jmespath="payload" if validating else "",
            raise_on_no_idempotency_key=True,
            expires_after_seconds=REMEMBERED_DAYS * 24 * 3600,
            hash_function="sha256",
        )
        # By its deadline Powertools tells a job that is being run from one whose process died.
        config.register_lambda_context(cast("Any", self._runtime.budget.context))
        return config
