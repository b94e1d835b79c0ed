"""A stage's name on the command line: any that a stage can have, and the nearest of cdk.json for a typo."""

import json
from pathlib import Path

import pytest

from ops.stage import names
from ops.stage.deployed import deployed
from ops.terminal.checkout import ROOT
from ops.terminal.errors import OperatorError
from tests.fakes.stage import FakeStage


def test_a_stage_that_cdk_json_does_not_have_is_looked_for() -> None:
    assert deployed("qa").name == "qa"


@pytest.mark.parametrize("name", ["", "q", "pre-prod", "PROD", "1st", "q" * 17, "qa\n", "prod/*", "prôd"])
def test_a_name_that_no_stage_can_have_is_refused(name: str) -> None:
    with pytest.raises(OperatorError, match="a stage's name has 2 to 16 lower-case letters and digits"):
        deployed(name)


@pytest.mark.parametrize(
    ("given", "suggestion"),
    [("prdo", " Did you mean prod?"), ("Prod", " Did you mean prod?"), ("stagin", " Did you mean staging?")],
)
def test_a_typo_gets_the_nearest_stage_of_cdk_json(given: str, suggestion: str) -> None:
    assert names.suggestion(given) == suggestion


@pytest.mark.parametrize("given", ["prod", "qa", "customer7", ""])
def test_a_stage_of_cdk_json_or_far_from_all_gets_none(given: str) -> None:
    assert names.suggestion(given) == ""


def test_the_stages_are_those_of_cdk_json() -> None:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]

    assert names.configured() == tuple(context["stages"])


def test_a_name_that_a_shell_would_expand_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cdk.json").write_text('{"context": {"stages": {"dev": {}, "$(reboot)": {}}}}', encoding="utf-8")
    monkeypatch.setattr(names, "ROOT", tmp_path)

    assert names.configured() == ("dev",)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"context": 5}', '{"context": {"stages": "prod"}}', "\udcff"])
def test_without_a_readable_cdk_json_no_stage_is_known(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (tmp_path / "cdk.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr(names, "ROOT", tmp_path)

    assert names.configured() == ()
    assert names.suggestion("prdo") == ""


def test_a_stage_that_is_not_deployed_and_a_typo_gets_the_nearest() -> None:
    error = FakeStage("prdo").deployed.lacks("queue taly-async-prdo-ingress")

    assert str(error) == (
        "stage prdo is not deployed here: eu-central-1 of this account has no queue taly-async-prdo-ingress. "
        "Did you mean prod? Check AWS_PROFILE and the region"
    )
