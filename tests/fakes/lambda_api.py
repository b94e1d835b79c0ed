"""Lambda in memory: event source mappings with their tags, and functions that can be invoked.

The limits are from the API reference (UpdateEventSourceMapping, TagResource, Invoke) and the Tagging User Guide.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from schemas.names import queue_name, resource_name
from tests.fakes.service import FakeService, client_error

_PREFIX = "arn:aws:lambda:eu-central-1:123456789012"
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
_LOG_TAIL = 4_096
"""Bytes of the end of a run's log that Invoke returns."""

Function = Callable[[dict[str, Any]], tuple[Any, list[str]]]
"""A function: takes the event, returns its answer and its log lines; an exception is an error of the function."""


def function_arn(stage: str, service: str) -> str:
    return f"{_PREFIX}:function:{resource_name(stage, service)}"


def mapping_arn(uuid: str) -> str:
    return f"{_PREFIX}:event-source-mapping:{uuid}"


@dataclass(kw_only=True)
class FakeLambda(FakeService):
    """Event source mappings by UUID, and functions by name."""

    stage: str = "dev"
    page: int = 100
    """Mappings on each page."""

    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """As ListEventSourceMappings returns them."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the mapping's ARN."""

    in_use: int = 0
    """The number of changes that are refused from now on, as Lambda still carries out an earlier one."""

    functions: dict[str, Function] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    """Environment variables by the function's name."""

    def map(self, services: Iterable[str]) -> None:
        """Create the enabled mappings of a stage's services."""
        for service in services:
            uuid = str(uuid5(NAMESPACE_DNS, service))
            self.mappings[uuid] = {
                "UUID": uuid,
                "EventSourceMappingArn": mapping_arn(uuid),
                "EventSourceArn": f"arn:aws:sqs:eu-central-1:123456789012:{queue_name(self.stage, service)}",
                "FunctionArn": function_arn(self.stage, service),
                "State": "Enabled",
            }

    def mapping(self, service: str) -> dict[str, Any]:
        """The mapping of a service."""
        arn = function_arn(self.stage, service)
        return next(each for each in self.mappings.values() if each["FunctionArn"] == arn)

    def tags_of(self, service: str) -> dict[str, str]:
        """The tags of a service's mapping."""
        return self.tags.get(self.mapping(service)["EventSourceMappingArn"], {})

    def disabled(self) -> set[str]:
        """The names of the functions whose mappings are disabled."""
        found = (each["FunctionArn"] for each in self.mappings.values() if each["State"] == "Disabled")
        return {arn.rpartition(":")[2] for arn in found}

    def list_event_source_mappings(self, **request: Any) -> dict[str, Any]:
        with self.called("list_event_source_mappings", request):
            begin, found = int(request.get("Marker", 0)), list(self.mappings.values())
            marker = {"NextMarker": str(begin + self.page)} if found[begin + self.page :] else {}
            return {"EventSourceMappings": [dict(each) for each in found[begin : begin + self.page]], **marker}

    def update_event_source_mapping(self, **request: Any) -> dict[str, Any]:
        with self.called("update_event_source_mapping", request):
            if request["UUID"] not in self.mappings:
                raise client_error("ResourceNotFoundException", "UpdateEventSourceMapping")
            if self.in_use:
                self.in_use -= 1
                raise client_error("ResourceInUseException", "UpdateEventSourceMapping")
            self.mappings[request["UUID"]]["State"] = "Enabled" if request["Enabled"] else "Disabled"
            return dict(self.mappings[request["UUID"]])

    def list_tags(self, **request: Any) -> dict[str, Any]:
        with self.called("list_tags", request):
            return {"Tags": dict(self.tags.get(request["Resource"], {}))}

    def tag_resource(self, **request: Any) -> None:
        with self.called("tag_resource", request):
            assert all(map(_TAG_VALUE.fullmatch, request["Tags"].values())), "InvalidParameterValueException: Tags"
            self.tags.setdefault(request["Resource"], {}).update(request["Tags"])

    def untag_resource(self, **request: Any) -> None:
        with self.called("untag_resource", request):
            for key in request["TagKeys"]:
                self.tags.get(request["Resource"], {}).pop(key, None)

    def get_function_configuration(self, **request: Any) -> dict[str, Any]:
        with self.called("get_function_configuration", request):
            return {"Environment": {"Variables": dict(self.variables.get(request["FunctionName"], {}))}}

    def invoke(self, **request: Any) -> Mapping[str, Any]:
        """Run a function; as Lambda does, an error of the function is an answer with status 200."""
        with self.called("invoke", request):
            if request["FunctionName"] not in self.functions:
                raise client_error("ResourceNotFoundException", "Invoke")
            failed: dict[str, str] = {}
            try:
                answer, lines = self.functions[request["FunctionName"]](json.loads(request["Payload"]))
            except Exception as error:  # noqa: BLE001 whatever a function raises
                failed = {"FunctionError": "Unhandled"}
                answer, lines = {"errorType": type(error).__name__, "errorMessage": str(error)}, []
            tail = "\n".join(lines).encode()[-_LOG_TAIL:]
            log = {"LogResult": b64encode(tail).decode()} if request.get("LogType") == "Tail" else {}
            return {"StatusCode": 200, "Payload": BytesIO(json.dumps(answer).encode()), **failed, **log}
