"""The CDK app: reads the stage and builds its stacks."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import MESSAGING, MONITORING, PROCESSING, stack_name
from stacks.emulator.omissions import RemoveUnsupportedResources, ReplaceMetricMath
from stacks.emulator.policies import AdaptPolicies
from stacks.emulator.replays import KeepRedoReplaysApart
from stacks.errors import CannotSynthesizeError
from stacks.layers.source import BuiltLayers, LayerSource
from stacks.layers.target import target_for
from stacks.limits.check import check_limits, stage_uses
from stacks.limits.resource_names import check_names
from stacks.messaging.stack import MessagingStack
from stacks.monitoring.stack import MonitoringStack
from stacks.processing.stack import ProcessingStack
from stacks.readiness import require_account, warn
from stacks.roles import bound_roles
from stacks.settings.context import refuse_repeated_keys
from stacks.stage import Stage
from stacks.tags import add_tags, stage_tags

ROOT = Path(__file__).parent


def build(app: cdk.App, *, stage: Stage, catalogue: Sequence[EventType[Any]], layers: LayerSource, root: Path) -> None:
    """Add a stage's stacks to the app, with cdk-nag's checks.

    Args:
        app: the app.
        stage: the stage.
        catalogue: the types, each with a handler's folder.
        layers: provides the layers' contents.
        root: the checkout, with `lambdas/`.

    Raises:
        CannotSynthesizeError: a handler, a grant or a layer's prerequisite is missing, or a name is not possible.
    """
    check_names(catalogue, stage.name)
    env = cdk.Environment(account=stage.account, region=stage.region)
    messaging = MessagingStack(app, stack_name(stage.name, MESSAGING), stage=stage, catalogue=catalogue, env=env)
    processing = ProcessingStack(
        app,
        stack_name(stage.name, PROCESSING),
        stage=stage,
        catalogue=catalogue,
        layers=layers,
        root=root,
        env=env,
    )
    monitoring = MonitoringStack(
        app,
        stack_name(stage.name, MONITORING),
        stage=stage,
        catalogue=catalogue,
        layers=layers,
        root=root,
        env=env,
    )
    # They refer to each other by name, so CloudFormation does not know the order.
    processing.add_stack_dependency(messaging)
    monitoring.add_stack_dependency(processing)
    stacks = (messaging, processing, monitoring)
    add_tags(stacks, stage_tags(stage), catalogue=catalogue)
    bound_roles(stacks, stage.permissions_boundary)
    require_account(stacks, stage)
    warn(messaging, stage)
    if stage.emulated:
        cdk.Aspects.of(app).add(KeepRedoReplaysApart(stage.name))
        cdk.Aspects.of(app).add(ReplaceMetricMath())
        cdk.Aspects.of(app).add(AdaptPolicies())
        cdk.Aspects.of(app).add(RemoveUnsupportedResources())
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def synthesize_within_limits(app: cdk.App, *, stage: Stage, catalogue: Sequence[EventType[Any]]) -> None:
    """Write the templates, and refuse what AWS would refuse because of its size.

    Raises:
        CannotSynthesizeError: a limit is exceeded. The CDK's own error says less, and gives way to it.
    """
    for earlier in Path(app.outdir).glob("*.template.json"):  # if synth fails early, they would be measured instead
        earlier.unlink()
    try:
        app.synth()
    finally:
        for request in check_limits(stage_uses(Path(app.outdir), stage.name), types=len(catalogue)):
            sys.stderr.write(f"queue-processor: warning: {request}\n")


def main() -> None:
    """Synthesize the stage that `-c stage=` names."""
    app = cdk.App()
    try:
        refuse_repeated_keys((ROOT / "cdk.json").read_text(encoding="utf-8"))
        stage = Stage.from_context(app.node.get_all_context())
        layers = BuiltLayers(ROOT, target_for(stage), cache=ROOT / "build" / "layers")
        build(app, stage=stage, catalogue=CATALOGUE, layers=layers, root=ROOT)
        synthesize_within_limits(app, stage=stage, catalogue=CATALOGUE)
    except CannotSynthesizeError as error:
        sys.exit(f"queue-processor: {error}")


if __name__ == "__main__":
    main()
