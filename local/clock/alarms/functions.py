"""The deployed functions: where each logs, and how its event source fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FAILED = "FAILED"
"""How the emulator begins `LastProcessingResult` where the last invocation ended with an error."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A function that an event source mapping invokes."""

    last_failed: bool
    """Whether its last invocation ended with an error."""


class Functions:
    """Reads them by Lambda's API."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 boto3's types of Lambda are not installed
        """Read by this client."""
        self._client = client

    def log_groups(self) -> Mapping[str, str]:
        """The log group of each, by the function's name."""
        pages = self._client.get_paginator("list_functions").paginate()
        return {each["FunctionName"]: _log_group(each) for page in pages for each in page["Functions"]}

    def fed(self) -> Mapping[str, Fed]:
        """Those that event source mappings invoke, by name."""
        pages = self._client.get_paginator("list_event_source_mappings").paginate()
        mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
        return {
            mapping["FunctionArn"].rpartition(":")[2]: Fed(mapping.get("LastProcessingResult", "").startswith(_FAILED))
            for mapping in mappings
        }


def _log_group(function: Mapping[str, Any]) -> str:
    named = function.get("LoggingConfig", {}).get("LogGroup")
    return str(named or f"/aws/lambda/{function['FunctionName']}")
