"""The part of boto3's Lambda client that the local stage uses to invoke functions."""

from collections.abc import Callable
from typing import Any, Protocol


class FunctionInvoker(Protocol):
    """Invokes Lambda functions."""

    @property
    def invoke(self) -> Callable[..., Any]:
        """The Invoke operation."""
