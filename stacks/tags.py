"""Tags of everything in a stage that AWS tags: for the bill, and for people who meet a resource."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk

from schemas.event_type import EventType
from schemas.names import APPLICATION
from stacks.stage import Stage


def stage_tags(stage: Stage) -> dict[str, str]:
    """Return the tags of all resources of a stage, and of its stacks: the company's own, `application` and `stage`."""
    return {**stage.tags, **own_tags(stage)}


def own_tags(stage: Stage) -> dict[str, str]:
    """Return the tags that tell a stage's resources from those of other stages and systems."""
    return {"application": APPLICATION, "stage": stage.name}


def add_tags(stacks: Iterable[cdk.Stack], tags: Mapping[str, str], *, catalogue: Sequence[EventType[Any]]) -> None:
    """Tag all resources of stacks. What a stack has for one type alone gets the tag `type` as well.

    Args:
        stacks: the stage's stacks, with a construct for each type, by the type's construct id.
        tags: the tags by key.
        catalogue: the types.
    """
    for stack in stacks:
        for key, value in tags.items():
            stack.tags.set_tag(key, value)  # of the stack itself, and of what CloudFormation adds to it
            cdk.Tags.of(stack).add(key, value)
        for event_type in catalogue:
            if construct := stack.node.try_find_child(event_type.construct_id):
                cdk.Tags.of(construct).add("type", event_type.name)
