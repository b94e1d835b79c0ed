"""The run of the Slack notifier that EventBridge Scheduler starts each minute in a real stage."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from local.errors import LocalStageError


class Lambda(Protocol):
    """What is used of boto3's Lambda client."""

    @property
    def invoke(self) -> Callable[..., Any]:
        """Invoke."""


class Notifier:
    """The deployed function."""

    def __init__(self, client: Lambda, function_name: str) -> None:
        """Invoke by this client."""
        self._client = client
        self._function_name = function_name

    def run(self) -> None:
        """Run it once, to its end.

        Raises:
            LocalStageError: it failed; in a real stage its own alarm would go off.
        """
        answer = self._client.invoke(FunctionName=self._function_name, InvocationType="RequestResponse", Payload=b"{}")
        if "FunctionError" not in answer:
            return
        said = json.loads(answer["Payload"].read())
        raise LocalStageError(
            f"the Slack notifier failed: {said.get('errorType')}: {said.get('errorMessage')}. "
            f"The log of {self._function_name} says more"
        )
