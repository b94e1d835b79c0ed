"""The workflows: minimal permissions, pinned actions on a runtime that GitHub has, no stored keys."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OWN = "./.github/workflows/"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
USED = re.compile(r"uses: (?P<action>[\w.-]+/[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<major>v[0-9]+)\.[0-9]+\.[0-9]+$")
RUNTIMES = {
    "actions/checkout v7": "node24",
    "actions/download-artifact v8": "node24",
    "actions/setup-python v5": "node20",
    "actions/setup-python v7": "node24",
    "actions/upload-artifact v7": "node24",
    "aws-actions/configure-aws-credentials v6": "node24",
}
"""`runs.using` in the action.yml of an action's major version: no release of these actions has changed it otherwise."""

PROVIDED = {"node24"}
"""Runtimes that runners have. GitHub removed node20 on 16 September 2026 (GitHub Changelog, 19 September 2025,
"Deprecation of Node 20 on GitHub Actions runners")."""

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


def script_of(job: Mapping[str, Any]) -> str:
    """The scripts of a job, one after the other."""
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def test_workflows_run_for_pull_requests_main_and_each_night() -> None:
    assert {path.name: triggers(path) for path in WORKFLOWS} == {
        "ci.yml": {"pull_request"},
        "conserve.yml": {"schedule", "workflow_dispatch"},
        "deploy.yml": {"push", "workflow_dispatch"},
        "deploy-stage.yml": {"workflow_call"},
        "nightly.yml": {"schedule", "workflow_dispatch"},
    }


@each_workflow
def test_permissions_are_granted_by_job_only(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        granted = set(job["permissions"].items())
        assert granted <= {("contents", "read"), ("id-token", "write")} or (path.name, name) == ("deploy.yml", "tag")


def test_the_job_that_writes_to_the_repository_runs_none_of_its_code() -> None:
    job = jobs(ROOT / OWN / "deploy.yml")["tag"]

    assert job["permissions"] == {"contents": "write"}
    assert [step for step in job["steps"] if "uses" in step] == []


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


def not_run_by_github(text: str) -> list[str]:
    """Lines of a workflow with an action whose runtime is unknown here or gone, or without its version in a comment."""
    lines = [line for line in text.splitlines() if "uses:" in line and OWN not in line]
    used = [USED.search(line) for line in lines]
    return [
        line
        for line, action in zip(lines, used, strict=True)
        if action is None or RUNTIMES.get(f"{action['action']} {action['major']}") not in PROVIDED
    ]


@each_workflow
def test_every_action_has_a_runtime_that_github_runs(path: Path) -> None:
    """A new major version fails here: enter what its action.yml says of `using`."""
    assert not_run_by_github(path.read_text()) == []


@pytest.mark.parametrize(
    "version", ["# v5.6.0", "# v6.1.0", "# main", ""], ids=["removed", "not known", "no version", "no comment"]
)
def test_an_action_without_a_known_runtime_is_found(version: str) -> None:
    line = f"- uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 {version}".rstrip()

    assert not_run_by_github(line) == [line]


def test_an_action_is_the_same_commit_everywhere() -> None:
    used = [step["uses"] for path in WORKFLOWS for step in steps(path) if "uses" in step]

    assert len(set(used)) == len({action.partition("@")[0] for action in used})


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


def test_a_pull_request_shows_a_diff_and_deploys_nothing() -> None:
    scripts = script_of(jobs(ROOT / OWN / "ci.yml")["diff"])

    assert "cdk diff --context stage=staging --method template" in scripts
    assert "deploy" not in scripts


def unknown_options(script: str) -> list[str]:
    """Options of `cdk` in a script that its command line does not know, and so ignores."""
    unknown = []
    for command, rest in re.findall(r"\bcdk (\w+)([^\n]*)", script):
        cdk = [ROOT / "node_modules" / ".bin" / "cdk", command, "--help"]
        shown = subprocess.run(cdk, cwd="/", capture_output=True, text=True, check=True).stdout
        known = set(re.findall(r"--[a-z-]+", shown))
        unknown += [option for option in re.findall(r"--[a-z-]+", rest) if option not in known]
    return unknown


@each_workflow
def test_each_option_of_cdk_is_known(path: Path) -> None:
    assert unknown_options("\n".join(step.get("run", "") for step in steps(path))) == []


def test_an_option_that_cdk_ignores_is_found() -> None:
    assert unknown_options("cdk diff --all --method template") == ["--all"]


@pytest.mark.parametrize("job", [jobs(ROOT / OWN / "ci.yml")["test"], jobs(ROOT / OWN / "deploy.yml")["build"]])
def test_builds_are_tested_and_synthesized_as_here(job: Mapping[str, Any]) -> None:
    scripts = [step["run"] for step in job["steps"] if "run" in step and "id" not in step]

    assert scripts == [".ci/run", "make synth sbom"]
