"""Read secrets from Secrets Manager. Never log them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lambdas.common.clients.aws import aws_exceptions
from lambdas.common.errors import UnavailableError
from schemas.destinations import READ_SECRET, Route
from schemas.event_type import Needs

if TYPE_CHECKING:
    from lambdas.common.runtime import Runtime


def read_secret(secrets_manager: Any, arn: str) -> str:
    """Read a secret's current text; empty if it has none, as before the first value is stored.

    Raises:
        UnavailableError: Secrets Manager is unavailable, or refuses this role.
    """
    try:
        return str(secrets_manager.get_secret_value(SecretId=arn).get("SecretString", ""))
    except aws_exceptions() as error:
        from lambdas.common.clients.aws_errors import failure_of, unavailable

        raise unavailable(failure_of(error, "secretsmanager:GetSecretValue"), READ_SECRET) from None


class HashKey:
    """The key by which addresses and phone numbers are hashed: the suppression list's. It is read once a process."""

    need: ClassVar[Needs] = Needs.HASH_KEY

    def __init__(self, read: Callable[[], str], worked: Callable[[Route], object]) -> None:
        """Use a secret.

        Args:
            read: reads its text.
            worked: called after the secret was read.
        """
        self._read = read
        self._worked = worked
        self._key = b""

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Use the stage's secret."""
        secrets, arn = runtime.client("secretsmanager"), runtime.environment.suppression_key_secret_arn
        return cls(lambda: read_secret(secrets, arn), runtime.worked)

    def read(self) -> bytes:
        """Return the key.

        Raises:
            UnavailableError: Secrets Manager is unavailable, or the secret is empty.
        """
        if not self._key:
            self._key = self._read().encode()
            if not self._key:
                raise UnavailableError(
                    "the key of the suppression list is empty",
                    READ_SECRET,
                    to_do="The secret with the key of the suppression list is empty: store a random text there. With "
                    "a new key, all addresses on the list are forgotten.",
                )
            self._worked(READ_SECRET)
        return self._key
