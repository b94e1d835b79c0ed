"""Pauses of a stage in memory, made as operators' tools make them, whatever the fake of Lambda keeps."""

from datetime import datetime

from schemas.pauses import Pause, SourceMapping, mappings
from tests.fakes.stage import OPERATOR, FakeStage


def mappings_of(stage: FakeStage) -> dict[str, SourceMapping]:
    return mappings(stage.client("lambda").get_paginator("list_event_source_mappings").paginate, stage.name)


def pause(
    stage: FakeStage,
    *services: str,
    subject: str = "",
    by: str = OPERATOR,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Pause services; by default each by its own name, from now on, until somebody resumes it."""
    for service in services:
        pause = Pause(service=service, subject=subject or service, by=by, since=since or stage.clock.now(), until=until)
        disable(stage, service, pause.tags())


def disable(stage: FakeStage, service: str, tags: dict[str, str] | None = None) -> None:
    """Disable a mapping; without tags, as somebody does by hand."""
    functions, mapping = stage.client("lambda"), mappings_of(stage)[service]
    if tags:
        functions.tag_resource(Resource=mapping.arn, Tags=tags)
    functions.update_event_source_mapping(UUID=mapping.uuid, Enabled=False)


def enable(stage: FakeStage, service: str) -> None:
    """Enable a mapping, and leave its tags."""
    stage.client("lambda").update_event_source_mapping(UUID=mappings_of(stage)[service].uuid, Enabled=True)


def paused(stage: FakeStage) -> set[str]:
    """The services whose mapping is disabled."""
    return {name for name, each in mappings_of(stage).items() if not each.is_enabled}
