"""The workflows: minimal permissions, pinned actions, no stored keys."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import ROOT
from tests.infrastructure.deployment import STAGES

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OWN = "./.github/workflows/"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[Any, Any]:
    """The workflow; YAML 1.1 reads the key `on` as True."""
    return dict(yaml.safe_load(path.read_text()))


def triggers(path: Path) -> set[str]:
    return set(read(path)[True])


def jobs(path: Path) -> Mapping[str, Mapping[str, Any]]:
    return dict(read(path)["jobs"])


def steps(path: Path) -> Iterator[Mapping[str, Any]]:
    for job in jobs(path).values():
        yield from job.get("steps", ())


def test_workflows_run_for_pull_requests_main_and_each_night() -> None:
    assert {path.name: triggers(path) for path in WORKFLOWS} == {
        "ci.yml": {"pull_request"},
        "deploy.yml": {"push"},
        "deploy-stage.yml": {"workflow_call"},
        "nightly.yml": {"schedule", "workflow_dispatch"},
    }


@each_workflow
def test_permissions_are_granted_by_job_only(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for job in jobs(path).values():
        assert set(job["permissions"].items()) <= {("contents", "read"), ("id-token", "write")}


@each_workflow
def test_a_job_with_aws_credentials_has_an_environment(path: Path) -> None:
    """The roles trust environments: the token names the environment, and its rules decide who may use it."""
    for job in jobs(path).values():
        if "id-token" in job["permissions"]:
            assert "environment" in job or str(job["uses"]).startswith(OWN)


@each_workflow
def test_every_action_is_one_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    used += [job["uses"] for job in jobs(path).values() if "uses" in job]

    assert [each for each in used if not each.startswith(OWN) and not PINNED.fullmatch(each)] == []


@each_workflow
def test_each_pinned_commit_has_its_version_in_a_comment(path: Path) -> None:
    pinned = [line for line in path.read_text().splitlines() if "uses:" in line and OWN not in line]

    assert [line for line in pinned if not re.search(r"@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$", line)] == []


@each_workflow
def test_no_key_is_stored(path: Path) -> None:
    text = path.read_text()

    assert "secrets" not in text
    assert "aws-access-key-id" not in text
    checkouts = [step for step in steps(path) if "actions/checkout@" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each_workflow
def test_no_script_interpolates_expressions(path: Path) -> None:
    """A branch's name or a title would become part of the script; environment variables do not."""
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@each_workflow
def test_every_job_has_a_timeout(path: Path) -> None:
    assert all("timeout-minutes" in job or str(job.get("uses")).startswith(OWN) for job in jobs(path).values())


def test_a_fork_gets_no_credentials() -> None:
    with_credentials = {
        name: job for name, job in jobs(ROOT / OWN / "ci.yml").items() if "id-token" in job["permissions"]
    }

    assert list(with_credentials) == ["diff"]
    assert with_credentials["diff"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


def test_staging_then_prod_get_the_tested_build() -> None:
    chain = jobs(ROOT / OWN / "deploy.yml")

    assert {name: job.get("needs") for name, job in chain.items()} == {
        "build": None,
        "staging": "build",
        "prod": "staging",
    }
    for stage in ("staging", "prod"):
        assert stage in STAGES
        assert chain[stage]["concurrency"] == {"group": f"deploy-{stage}", "cancel-in-progress": False}
        assert chain[stage]["with"] == {"stage": stage}
        assert f"build/cdk.out/{stage}" in str(chain["build"]["steps"])
    (job,) = jobs(ROOT / OWN / "deploy-stage.yml").values()
    assert job["environment"] == "${{ inputs.stage }}"
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert any('cdk deploy --all --app "build/cdk.out/$STAGE"' in script for script in scripts)
    assert not any("synth" in script for script in scripts)


def test_a_pull_request_shows_a_diff_and_deploys_nothing() -> None:
    scripts = " ".join(step.get("run", "") for step in jobs(ROOT / OWN / "ci.yml")["diff"]["steps"])

    assert "cdk diff --all --context stage=staging --method template" in scripts
    assert "deploy" not in scripts


@pytest.mark.parametrize("job", [jobs(ROOT / OWN / "ci.yml")["test"], jobs(ROOT / OWN / "deploy.yml")["build"]])
def test_builds_are_tested_and_synthesized_as_here(job: Mapping[str, Any]) -> None:
    scripts = [step["run"] for step in job["steps"] if "run" in step]

    assert scripts == [".ci/run", "make synth sbom"]
