"""cdk-nag and cfn-lint check every stage, and a finding is an error."""

from pathlib import Path

import pytest
from aws_cdk import aws_sqs as sqs

from app import ROOT, build
from schemas.catalogue import CATALOGUE
from schemas.names import stack_name
from stacks.messaging.stack import MessagingStack
from stacks.stage import Stage
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.synthesis import CONTEXT, STAGES, StubLayers, app_of, findings_of_cfn_lint


@pytest.mark.parametrize(
    "stage", [stage if stage in {"local", "prod"} else pytest.param(stage, marks=pytest.mark.long) for stage in STAGES]
)
def test_cfn_lint_reports_nothing(stage_deployment: Synthesized, stage: str) -> None:
    assert findings_of_cfn_lint(stage_deployment(stage)) == ""


def test_a_violation_of_cdk_nag_fails_the_synthesis(tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    app = app_of(tmp_path / "cdk.out")
    stage = Stage.from_context({**CONTEXT, "stage": "dev"})
    build(app, stage=stage, catalogue=CATALOGUE, layers=StubLayers(tmp_path / "layer"), root=ROOT)
    messaging = app.node.find_child(stack_name("dev", "Messaging"))
    assert isinstance(messaging, MessagingStack)

    sqs.Queue(messaging, "OpenToPlainHttp", enforce_ssl=False)

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert "AwsSolutions-SQS4" in (tmp_path / "cdk.out" / "validation-report.json").read_text()
