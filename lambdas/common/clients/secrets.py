"""Read secrets from Secrets Manager. Never log them."""

from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from schemas.destinations import READ_SECRET


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
