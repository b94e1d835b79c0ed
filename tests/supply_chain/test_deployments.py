"""The way of a commit to prod, and back: one build, staging's drill, a tag."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from app import ROOT
from tests.supply_chain.test_workflows import OWN, jobs, read, script_of


def test_prod_waits_for_staging_and_a_tag_for_prod() -> None:
    chain = jobs(ROOT / OWN / "deploy.yml")

    assert {name: job.get("needs") for name, job in chain.items()} == {
        "build": None,
        "staging": "build",
        "prod": ["build", "staging"],
        "tag": ["build", "prod"],
    }


def test_staging_and_prod_get_one_build_one_at_a_time() -> None:
    chain = jobs(ROOT / OWN / "deploy.yml")
    stages = json.loads((ROOT / "cdk.json").read_text())["context"]["stages"]

    for stage in ("staging", "prod"):
        assert stage in stages
        assert chain[stage]["concurrency"] == {"group": f"deploy-{stage}", "cancel-in-progress": False}
        assert chain[stage]["with"] == {"stage": stage, "commit": "${{ needs.build.outputs.commit }}"}
        assert f"build/cdk.out/{stage}" in str(chain["build"]["steps"])


def test_a_stage_is_checked_after_its_deployment() -> None:
    (job,) = jobs(ROOT / OWN / "deploy-stage.yml").values()
    scripts = script_of(job)
    order = [
        'cdk deploy --all --app "build/cdk.out/$STAGE"',
        'taly-async preflight --stage "$STAGE" --no-drill',
        'taly-async drill --stage "$STAGE"',
        'taly-async status --stage "$STAGE" --check --wait 600',
    ]

    assert job["environment"] == "${{ inputs.stage }}"
    assert sorted(order, key=scripts.index) == order
    assert "synth" not in scripts


def test_every_stage_has_the_same_checks() -> None:
    (job,) = jobs(ROOT / OWN / "deploy-stage.yml").values()

    assert [step for step in job["steps"] if "if" in step or "continue-on-error" in step] == []


def test_nothing_changes_the_builds_files_before_they_are_deployed() -> None:
    """Preflight synthesizes into the same folder, so it comes later."""
    (job,) = jobs(ROOT / OWN / "deploy-stage.yml").values()
    order = [step.get("name") or step.get("run") or step["uses"].partition("@")[0] for step in job["steps"]]

    assert order.index("actions/download-artifact") + 1 == order.index("cdk deploy")


def step_named(job: str, name: str, workflow: str = "deploy.yml") -> str:
    """The script of a step of a workflow."""
    (script,) = [step["run"] for step in jobs(ROOT / OWN / workflow)[job]["steps"] if step.get("name") == name]
    return str(script)


def run_as_github(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub's runner does: by bash, which stops at the first error."""
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone whose `main` has one commit and whose tag `prod-unreviewed` has one more."""
    script = """
        git init --quiet --initial-branch main upstream && cd upstream
        git config user.name tests && git config user.email tests@taly.dev
        git commit --quiet --allow-empty --message reviewed
        git switch --quiet --create branch && git commit --quiet --allow-empty --message unreviewed
        git tag prod-unreviewed && git switch --quiet main
        git clone --quiet . ../checkout
    """
    made = run_as_github(script, tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path / "checkout"


def test_a_commit_on_main_is_deployed(checkout: Path) -> None:
    run = run_as_github(step_named("build", "the commit is on main"), checkout, GITHUB_OUTPUT="../output")
    head = run_as_github("git rev-parse HEAD", checkout).stdout

    assert run.returncode == 0, run.stderr
    assert (checkout.parent / "output").read_text() == f"commit={head}"


def test_a_tag_that_was_not_merged_is_refused(checkout: Path) -> None:
    run_as_github("git checkout --quiet prod-unreviewed", checkout)

    run = run_as_github(step_named("build", "the commit is on main"), checkout, GITHUB_OUTPUT="../output")

    assert run.returncode == 1
    assert "is not on main, so it was not reviewed" in run.stdout
    assert not (checkout.parent / "output").exists()


@pytest.mark.parametrize(("status", "annotated"), [(0, False), (1, True)])
def test_what_an_account_lacks_is_shown_and_stops_no_roll_back(status: int, annotated: bool, tmp_path: Path) -> None:
    command = tmp_path / ".venv" / "bin" / "taly-async"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/bash\nexit {status}\n")
    command.chmod(0o700)

    run = run_as_github(step_named("deploy", "preflight", "deploy-stage.yml"), tmp_path, STAGE="prod")

    assert run.returncode == 0, run.stderr
    assert ("::warning title=preflight::The account of prod lacks" in run.stdout) == annotated


def test_what_runs_in_prod_is_tagged_with_the_time(tmp_path: Path) -> None:
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/bash\nprintf "%s\\n" "$@" > called\n')
    gh.chmod(0o700)

    run = run_as_github(
        step_named("tag", "tag what runs in prod"),
        tmp_path,
        PATH=f"{tmp_path}:{os.environ['PATH']}",
        GITHUB_REPOSITORY="taly/queue-processor",
        GITHUB_STEP_SUMMARY="summary",
        COMMIT="0123abc",
    )

    assert run.returncode == 0, run.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert called[:2] == ["api", "repos/taly/queue-processor/git/refs"]
    assert re.fullmatch(r"ref=refs/tags/prod-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}Z", called[3])
    assert "sha=0123abc" in called


@pytest.mark.parametrize("status", [0, 1])
def test_the_weekly_check_fails_with_what_it_found_in_the_summary(status: int, tmp_path: Path) -> None:
    command = tmp_path / ".venv" / "bin" / "taly-async"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/bash\necho "$@"\nexit {status}\n')
    command.chmod(0o700)

    run = run_as_github(
        step_named("conserve", "conserve", "conserve.yml"), tmp_path, STAGE="prod", GITHUB_STEP_SUMMARY="summary"
    )

    assert run.returncode == status, run.stderr
    assert "conserve --since 8d --stage prod" in (tmp_path / "summary").read_text()


def test_a_roll_back_deploys_a_tag_by_the_workflow_of_main() -> None:
    """The tagged commit was tested before, so a roll back does not wait for the tests."""
    workflow = read(ROOT / OWN / "deploy.yml")
    build = jobs(ROOT / OWN / "deploy.yml")["build"]
    checked_out, *_ = build["steps"]

    assert set(workflow[True]["workflow_dispatch"]["inputs"]) == {"tag"}
    assert build["if"] == "github.ref == 'refs/heads/main'"
    assert "format('refs/tags/{0}', inputs.tag) || github.sha" in checked_out["with"]["ref"]
    assert [step["run"] for step in build["steps"] if step.get("if") == "inputs.tag == ''"] == [".ci/run"]
    assert sum("if" in step for step in build["steps"]) == 1


def test_the_documented_role_trusts_one_environment_of_one_repository() -> None:
    page = (ROOT / "docs" / "supply-chain.md").read_text()
    (policy,) = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", page, re.DOTALL)]
    (statement,) = policy["Statement"]

    issuer = "token.actions.githubusercontent.com"
    assert statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:<owner>@<owner id>/<repository>@<repository id>:environment:prod",
        }
    }


def test_the_documented_roll_back_gives_what_the_workflow_asks_for() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text()
    workflow, given = re.findall(r"^gh workflow run (\S+) --field (\w+)=prod-", page, re.MULTILINE)[0]

    assert set(read(ROOT / OWN / workflow)[True]["workflow_dispatch"]["inputs"]) == {given}
