"""Keeps the replays of `taly-async redo` from other rules on an emulated stage: the emulator ignores FilterArns."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events as events
from constructs import IConstruct

from schemas.names import REDO, redo_replay_prefix, resource_name


@jsii.implements(cdk.IAspect)
class KeepRedoReplaysApart:
    """Lets every rule of the stage's bus, but that of redo, match only events that no redo has replayed.

    In AWS a replay goes to the rules that it names. The emulator sends it to all that match.
    """

    def __init__(self, stage: str) -> None:
        """Keep the replays of this stage apart."""
        self._redo = resource_name(stage, REDO)
        self._pattern = [{"exists": False}, {"anything-but": {"prefix": redo_replay_prefix(stage)}}]

    def visit(self, node: IConstruct) -> None:
        """Narrow the pattern of a rule; a rule without a bus is on the account's default bus, which has no replays."""
        if isinstance(node, events.CfnRule) and node.event_bus_name and node.name != self._redo:
            node.add_property_override("EventPattern.replay-name", self._pattern)
