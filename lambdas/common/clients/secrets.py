"""Where functions read secrets: in Secrets Manager, by ARN, and never to be logged."""

from typing import Any


def read_secret(secrets_manager: Any, arn: str) -> str:
    """The current text of a secret; empty where it has none, as before anybody has put one there.

    Raises:
        ClientError: AWS does not give it, for now or to this role.
    """
    return str(secrets_manager.get_secret_value(SecretId=arn).get("SecretString", ""))
