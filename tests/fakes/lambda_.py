"""Lambda in memory: event source mappings with their tags, and invocations.

The rules are from the API reference (ListEventSourceMappings, UpdateEventSourceMapping, TagResource, Invoke).
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, queue_name, resource_name
from tests.fakes.service import FakeService, client_error

MAX_TAGS = 50
LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 128, 256


@dataclass
class FakeMapping:
    """The event source mapping from a service's queue to its function."""

    uuid: str
    arn: str
    function_arn: str
    queue_arn: str
    state: str = "Enabled"
    settles_at: float = 0
    """When a change of its state is over, in seconds of the clock."""

    tags: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class FakeLambda(FakeService):
    """The functions of a stage, each with a mapping."""

    stage: str = "dev"
    account: str = "123456789012"
    region: str = "eu-central-1"
    page: int = 100
    """Mappings on each page."""

    settling: float = 0
    """Seconds for which a mapping is `Enabling` or `Disabling` after an update."""

    on_invoke: Callable[[Mapping[str, Any]], object] = lambda _request: None
    """Runs a function that is invoked with this request; returns the answer, or raises what the function raises."""

    mappings: dict[str, FakeMapping] = field(init=False)
    """By service."""

    def __post_init__(self) -> None:
        self.mappings = {
            service: self.mapping(resource_name(self.stage, service), queue_name(self.stage, service), number)
            for number, service in enumerate((*BY_NAME, QUEUE_PROCESSOR))
        }

    def mapping(self, function: str, queue: str, number: int) -> FakeMapping:
        """A mapping of this account, whose UUID is made of a number."""
        uuid = f"00000000-0000-4000-8000-{number:012x}"
        return FakeMapping(
            uuid,
            f"arn:aws:lambda:{self.region}:{self.account}:event-source-mapping:{uuid}",
            f"arn:aws:lambda:{self.region}:{self.account}:function:{function}",
            f"arn:aws:sqs:{self.region}:{self.account}:{queue}",
        )

    def pause(self, service: str, **tags: str) -> None:
        """Disable a mapping as `taly-async pause` does, or by hand: without tags. `tags` replace all tags."""
        mapping = self.mappings[service]
        mapping.state, mapping.tags = "Disabled", dict(tags)

    def paused(self) -> set[str]:
        """The services whose mapping is disabled, or will be."""
        return {service for service, each in self.mappings.items() if self._state(each) in {"Disabled", "Disabling"}}

    def list_event_source_mappings(self, **request: Any) -> dict[str, Any]:
        with self.called("list_event_source_mappings", request):
            found = [
                self._described(each)
                for each in self.mappings.values()
                if request.get("FunctionName", "") in {"", each.function_arn, each.function_arn.rpartition(":")[2]}
            ]
            start = int(request.get("Marker", 0))
            end = start + self.page
            more = {"NextMarker": str(end)} if end < len(found) else {}
            return {"EventSourceMappings": found[start:end], **more}

    def list_tags(self, **request: Any) -> dict[str, Any]:
        with self.called("list_tags", request):
            return {"Tags": dict(self._tagged(request, "ListTags").tags)}

    def tag_resource(self, **request: Any) -> None:
        for name, value in request["Tags"].items():
            assert 0 < len(name) <= LONGEST_TAG_NAME, "InvalidParameterValueException: tag's name"
            assert len(value) <= LONGEST_TAG_VALUE, "InvalidParameterValueException: tag's value"
        with self.called("tag_resource", request):
            tags = self._tagged(request, "TagResource").tags
            tags |= request["Tags"]
            assert len(tags) <= MAX_TAGS, "InvalidParameterValueException: tags"

    def untag_resource(self, **request: Any) -> None:
        assert request["TagKeys"], "InvalidParameterValueException: TagKeys"
        with self.called("untag_resource", request):
            tags = self._tagged(request, "UntagResource").tags
            for name in request["TagKeys"]:
                tags.pop(name, None)

    def update_event_source_mapping(self, **request: Any) -> dict[str, Any]:
        assert set(request) == {"UUID", "Enabled"}, "we change nothing else"
        with self.called("update_event_source_mapping", request):
            found = [each for each in self.mappings.values() if each.uuid == request["UUID"]]
            if not found:
                raise client_error("ResourceNotFoundException", "UpdateEventSourceMapping")
            if self._state(found[0]) not in {"Enabled", "Disabled"}:
                raise client_error("ResourceInUseException", "UpdateEventSourceMapping")
            found[0].state = "Enabled" if request["Enabled"] else "Disabled"
            found[0].settles_at = self.clock() + self.settling
            return self._described(found[0])

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Run `on_invoke`; what it raises is a failure of the function, as Lambda describes it."""
        with self.called("invoke", request):
            answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
            try:
                payload = self.on_invoke(request)
            except Exception as error:  # noqa: BLE001 whatever a function raises
                payload = {"errorMessage": str(error), "errorType": type(error).__name__}
                answer["FunctionError"] = "Unhandled"
            return answer | {"Payload": io.BytesIO(json.dumps(payload).encode())}

    def get_paginator(self, operation: str) -> "_MarkedPages":  # type: ignore[override]  # its pages have other tokens
        return _MarkedPages(self, operation)

    def _tagged(self, request: Mapping[str, Any], operation: str) -> FakeMapping:
        for each in self.mappings.values():
            if each.arn == request["Resource"]:
                return each
        raise client_error("ResourceNotFoundException", operation)

    def _state(self, mapping: FakeMapping) -> str:
        if self.clock() >= mapping.settles_at:
            return mapping.state
        return {"Enabled": "Enabling", "Disabled": "Disabling"}[mapping.state]

    def _described(self, mapping: FakeMapping) -> dict[str, Any]:
        return {
            "UUID": mapping.uuid,
            "EventSourceMappingArn": mapping.arn,
            "EventSourceArn": mapping.queue_arn,
            "FunctionArn": mapping.function_arn,
            "BatchSize": 10,
            "State": self._state(mapping),
            "StateTransitionReason": "USER_INITIATED",
        }


@dataclass
class _MarkedPages:
    """boto3's paginator of Lambda's lists."""

    service: FakeLambda
    operation: str

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            page = getattr(self.service, self.operation)(**request, **token)
            yield page
            if "NextMarker" not in page:
                return
            token = {"Marker": page["NextMarker"]}
