"""What cdk-nag finds and is let pass: each beside its construct, for that alone, with its reason, and still needed."""

import re
from dataclasses import dataclass, field

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from app import ROOT, build
from schemas.catalogue import CATALOGUE
from stacks.stage import Stage
from tests.infrastructure.deployment import CONTEXT, StubLayers, app_of


@dataclass(frozen=True)
class Acknowledged:
    path: str
    """Of the construct. What is acknowledged on one holds for all below it."""

    id: str
    reason: str

    def covers(self) -> set[str]:
        """The construct's own resource, and a role's own policy."""
        return {f"{self.path}/Resource", f"{self.path}/DefaultPolicy/Resource"}


@dataclass(frozen=True)
class Found:
    acknowledged: list[Acknowledged] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)
    """Paths of resources, by the finding's id."""


@dataclass(frozen=True)
class AtScope:
    scope: IConstruct
    into: list[Acknowledged]

    def acknowledge(self, *rules: cdk.Acknowledgment) -> None:
        self.into.extend(Acknowledged(self.scope.node.path, rule.id, rule.reason) for rule in rules)

    def add_plugins(self, *_plugins: object) -> None:
        """The check is run by hand."""


@dataclass(frozen=True)
class WrittenDown:
    """In the place of `cdk.Validations`: acknowledgements are noted, and nothing is passed over."""

    into: list[Acknowledged]

    def of(self, scope: IConstruct) -> AtScope:
        return AtScope(scope, self.into)


@pytest.fixture(scope="module")
def prod_with_nothing_passed_over(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("nagged")
    layer = folder / "layer"
    layer.mkdir()
    (layer / "stub").touch()
    result = Found()
    app = app_of(folder / "cdk.out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdk, "Validations", WrittenDown(result.acknowledged))
        stage = Stage.from_context({**CONTEXT, "stage": "prod"})
        build(app, stage=stage, catalogue=CATALOGUE, layers=StubLayers(layer), root=ROOT)
    for violation in AwsSolutionsChecks(app).validate_scope(app).violations:
        paths = {str(resource.construct_path) for resource in violation.violating_resources}
        result.found.setdefault(violation.rule_name, set()).update(paths)
    return result


def test_each_is_needed_where_it_stands(prod_with_nothing_passed_over: Found) -> None:
    """At a stack, or anywhere above the resource with the finding, it would pass over whatever comes to lie there."""
    found = prod_with_nothing_passed_over.found

    elsewhere = [
        each for each in prod_with_nothing_passed_over.acknowledged if not each.covers() & found.get(each.id, set())
    ]

    assert prod_with_nothing_passed_over.acknowledged
    assert elsewhere == []


def test_whatever_is_found_is_acknowledged_there(prod_with_nothing_passed_over: Found) -> None:
    passed_over = {(each.id, path) for each in prod_with_nothing_passed_over.acknowledged for path in each.covers()}

    found = {(id_, path) for id_, paths in prod_with_nothing_passed_over.found.items() for path in paths}

    assert found - passed_over == set()


def test_each_has_a_sentence_for_a_reason(prod_with_nothing_passed_over: Found) -> None:
    reasons = {each.reason for each in prod_with_nothing_passed_over.acknowledged}

    assert {reason for reason in reasons if not re.fullmatch(r"[A-Z].{20,}[.]", reason)} == set()
