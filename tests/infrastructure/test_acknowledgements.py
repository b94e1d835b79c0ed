"""Acknowledged findings of cdk-nag: each at its construct, with a reason, and still needed."""

import re
from dataclasses import dataclass, field

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from app import ROOT, build
from schemas.catalogue import CATALOGUE
from stacks.stage import Stage
from tests.infrastructure.synthesis import CONTEXT, StubLayers, app_of


@dataclass(frozen=True)
class Acknowledged:
    path: str
    """Path of the construct; an acknowledgement also covers all constructs below it."""

    id: str
    reason: str

    def covers(self) -> set[str]:
        """Return the paths of the construct's resource and, for a role, its default policy."""
        return {f"{self.path}/Resource", f"{self.path}/DefaultPolicy/Resource"}


@dataclass(frozen=True)
class Found:
    acknowledged: list[Acknowledged] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)
    """Paths of resources, by rule id."""


@dataclass(frozen=True)
class RecordingScope:
    scope: IConstruct
    into: list[Acknowledged]

    def acknowledge(self, *rules: cdk.Acknowledgment) -> None:
        self.into.extend(Acknowledged(self.scope.node.path, rule.id, rule.reason) for rule in rules)

    def add_plugins(self, *_plugins: object) -> None:
        """Do nothing: the fixture runs the check."""


@dataclass(frozen=True)
class RecordingValidations:
    """Replaces `cdk.Validations`: records acknowledgements without suppressing findings."""

    into: list[Acknowledged]

    def of(self, scope: IConstruct) -> RecordingScope:
        return RecordingScope(scope, self.into)


@pytest.fixture(scope="module")
def prod_findings(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("nagged")
    layer = folder / "layer"
    layer.mkdir()
    (layer / "stub").touch()
    result = Found()
    app = app_of(folder / "cdk.out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdk, "Validations", RecordingValidations(result.acknowledged))
        stage = Stage.from_context({**CONTEXT, "stage": "prod"})
        build(app, stage=stage, catalogue=CATALOGUE, layers=StubLayers(layer), root=ROOT)
    for violation in AwsSolutionsChecks(app).validate_scope(app).violations:
        paths = {str(resource.construct_path) for resource in violation.violating_resources}
        result.found.setdefault(violation.rule_name, set()).update(paths)
    return result


def test_every_acknowledgement_covers_a_finding_at_its_construct(prod_findings: Found) -> None:
    """An acknowledgement higher in the tree would also suppress findings of resources that are added later."""
    found = prod_findings.found

    unneeded = [each for each in prod_findings.acknowledged if not each.covers() & found.get(each.id, set())]

    assert prod_findings.acknowledged
    assert unneeded == []


def test_every_finding_is_acknowledged_at_its_construct(prod_findings: Found) -> None:
    acknowledged = {(each.id, path) for each in prod_findings.acknowledged for path in each.covers()}

    found = {(id_, path) for id_, paths in prod_findings.found.items() for path in paths}

    assert found - acknowledged == set()


def test_every_acknowledgement_has_a_sentence_as_reason(prod_findings: Found) -> None:
    reasons = {each.reason for each in prod_findings.acknowledged}

    assert {reason for reason in reasons if not re.fullmatch(r"[A-Z].{20,}[.]", reason)} == set()
