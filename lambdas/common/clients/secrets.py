"""Read secrets from Secrets Manager. Never log them."""

from typing import Any


def read_secret(secrets_manager: Any, arn: str) -> str:
    """Read a secret's current text; empty if it has none, as before the first value is stored.

    Raises:
        ClientError: Secrets Manager is unavailable, or refuses this role.
    """
    return str(secrets_manager.get_secret_value(SecretId=arn).get("SecretString", ""))
