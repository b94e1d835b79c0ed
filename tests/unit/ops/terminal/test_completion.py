"""`ops` in a shell: found from any folder, completed at a TAB, and quiet whatever is wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from typer.testing import CliRunner

from ops.__main__ import app
from ops.checkout import ROOT
from ops.stage.services import PLACES, SERVICES
from ops.terminal.completion import VARIABLE, Shell, script, shell_named_by
from ops.terminal.errors import OperatorError
from schemas.catalogue import BY_NAME
from schemas.names import STAGES

BIN = ROOT / "bin"

PRESS_TAB = """
COMP_LINE=$1 COMP_POINT=${#1}
_ops_completion
((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
exit 0
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of somebody who has AWS profiles."""
    folder = tmp_path / "home"
    (folder / ".aws").mkdir(parents=True)
    (folder / ".aws/config").write_text("[default]\n[profile dev-admin]\n[profile with space]\n[profile $(reboot)]\n")
    (folder / ".aws/credentials").write_text("[dev-old]\n")
    return folder


def run(*command: str | Path, home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "200", **variables}
    return subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def offered(
    line: str, home: Path, *, folder: Path = BIN, environment: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """What bash offers where TAB is pressed at the end of a line; nothing else may come of it."""
    code = script(Shell.BASH, folder) + PRESS_TAB
    pressed = run("bash", "--norc", "-c", code, "bash", line, home=home, **environment)
    assert (pressed.stderr, pressed.returncode) == ("", 0)
    return pressed.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("ops redr", ["redrive"]),
        ("ops dead-letters ", ["list", "show", "export"]),
        ("ops redrive ", list(PLACES)),
        ("ops tail --type ", list(SERVICES)),
        ("ops send ", list(BY_NAME)),
        ("ops redrive email.send --fing", ["--fingerprint"]),
        ("ops redrive email.send --reason at", ["attempts_exhausted"]),
        ("ops tail --outcome de", ["deferred", "dead_lettered"]),
        ("ops status --stage ", list(STAGES)),
        ("ops status --profile d", ["default", "dev-admin", "dev-old"]),
        ("ops status --region eu-west-", ["eu-west-1", "eu-west-2", "eu-west-3"]),
        ("ops completion ", list(Shell)),
    ],
)
def test_bash_offers_what_may_come_next(home: Path, line: str, candidates: list[str]) -> None:
    assert offered(line, home) == candidates


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("ops status --stage=d", ["dev"]),
        ("ops redrive --stage=dev em", ["email.send"]),
        ("ops redrive --since 2026-04-14T12:00:00Z em", ["email.send"]),
        ("ops discard email.send --reason 'a bad deploy' --died-of cr", ["crashed"]),
    ],
)
def test_words_that_bash_breaks_into_several_are_one(home: Path, line: str, candidates: list[str]) -> None:
    assert offered(line, home) == candidates


@pytest.mark.parametrize(
    "line", ["ops validate mess", "ops redrive --nosuch", "ops redrive 'em ", "ops status --rate x "]
)
def test_where_nothing_is_known_bash_is_left_to_offer_files(home: Path, line: str) -> None:
    assert offered(line, home) == []


def test_a_profile_that_a_shell_would_not_take_as_it_stands_is_not_offered(home: Path) -> None:
    assert offered("ops status --profile ", home) == ["default", "dev-admin", "dev-old"]


def test_other_shells_are_told_beside_each_candidate_what_it_is(home: Path) -> None:
    asked = {VARIABLE: "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}

    answer = run(BIN / "ops", home=home, **asked, _TYPER_COMPLETE_ARGS="ops redrive email")

    assert answer.stdout == "email.send\tSend one email to one recipient\n"


@pytest.mark.parametrize(
    "broken",
    [
        {"PYTHONHOME": "/nowhere"},
        {"AWS_CONFIG_FILE": "/", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"},
        {"TALY_STAGE": "nowhere", "HOME": "/nowhere"},
        {"COMP_TYPE": "nonsense", "PYTHONWARNINGS": "error"},
    ],
    ids=str,
)
def test_whatever_is_wrong_nothing_is_printed_into_the_prompt(home: Path, broken: Mapping[str, str]) -> None:
    assert offered("ops status --profile x", home, environment=broken) == []


def test_a_checkout_that_is_gone_or_bare_offers_nothing(home: Path) -> None:
    bare = checkout(home / "bare")

    assert offered("ops redr", home, folder=bare) == []
    assert offered("ops redr", home, folder=home / "gone") == []


def test_words_that_make_no_sense_are_answered_with_silence(home: Path) -> None:
    answer = run(BIN / "ops", home=home, **{VARIABLE: "complete_bash", "COMP_WORDS": "ops", "COMP_CWORD": "first"})

    assert (answer.stdout, answer.stderr) == ("", "")


def test_it_runs_from_any_folder_through_any_link_on_files_of_that_folder(home: Path) -> None:
    links = home / "links"
    links.mkdir()
    (links / "ops").symlink_to("really")
    (links / "really").symlink_to(BIN / "ops")
    (home / "message.json").write_text("{broken")

    told = run("ops", "validate", "message.json", home=home, PATH=f"{links}:{os.environ['PATH']}")

    assert told.stdout.startswith("✗ invalid_json")
    assert told.returncode == 1


def test_a_module_of_the_folder_where_somebody_stands_is_not_taken_for_one_of_ours(home: Path) -> None:
    (home / "json.py").write_text("raise SystemExit('taken')")
    (home / "ops.py").write_text("raise SystemExit('taken')")

    assert run(BIN / "ops", "--help", home=home).returncode == 0


def test_without_its_python_it_says_how_to_come_by_it(home: Path) -> None:
    bare = checkout(home / "a bare one")

    told = run(bare / "ops", "status", home=home)

    place = home / "a bare one"
    assert told.stderr == f"✗ there is no {place}/.venv/bin/python: run make setup first, in {place}\n"
    assert told.returncode == 1


def checkout(place: Path) -> Path:
    """A folder with `bin/ops` and nothing besides; gives its `bin`."""
    (place / "bin").mkdir(parents=True)
    shutil.copy(BIN / "ops", place / "bin")
    return place / "bin"


@pytest.mark.parametrize("name", ["plain", "it's here", "$HOME and `more`", "a*", 'a "quoted" \\ one'])
def test_bash_finds_the_folder_first_and_once_whatever_its_name_is(home: Path, name: str) -> None:
    folder = home / name
    text = script(Shell.BASH, folder)

    found = run("bash", "--norc", "-c", f'{text}\n{text}\nprintf "%s" "$PATH"', home=home, PATH="/usr/bin:/bin")

    assert found.stdout == f"{folder}:/usr/bin:/bin"


def test_the_checkout_that_was_named_last_is_the_one_that_is_found(home: Path) -> None:
    one, other = (script(Shell.BASH, home / name) for name in ("one", "other"))

    found = run("bash", "--norc", "-c", f'{one}\n{other}\n{one}\nprintf "%s" "$PATH"', home=home, PATH="/bin")

    assert found.stdout.startswith(f"{home}/one:")


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        (Shell.BASH, r"""_ops_bin='/it'"'"'s \here/bin'"""),
        (Shell.ZSH, r"""_ops_bin='/it'"'"'s \here/bin'"""),
        (Shell.FISH, r"""set --global _ops_bin '/it\'s \\here/bin'"""),
    ],
)
def test_each_shell_has_the_folder_quoted_in_its_own_way(shell: Shell, line: str) -> None:
    assert script(shell, Path(r"/it's \here/bin")).splitlines()[0] == line


def test_a_folder_that_no_path_can_hold_is_told() -> None:
    with pytest.raises(OperatorError, match="a colon ends a folder: move this checkout"):
        script(Shell.BASH, Path("/a:b/bin"))


@pytest.mark.parametrize(
    "asks", [BIN / "ops", *(ROOT / f"ops/terminal/shells/ops.{shell}" for shell in Shell)], ids=lambda path: path.name
)
def test_all_who_ask_and_the_one_who_answers_mean_the_same_variable(asks: Path) -> None:
    assert VARIABLE in asks.read_text()


def test_the_shell_is_the_one_that_is_named() -> None:
    printed = CliRunner().invoke(app, ["completion", "fish"], env={"SHELL": "/bin/bash"})

    assert (printed.output, printed.exit_code) == (script(Shell.FISH, BIN), 0)


def test_without_a_name_it_is_that_of_the_environment() -> None:
    printed = CliRunner().invoke(app, ["completion"], env={"SHELL": "/usr/local/bin/zsh"})

    assert (printed.output, printed.exit_code) == (script(Shell.ZSH, BIN), 0)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (None, r"\$SHELL is not set: say for which shell, one of bash, zsh, fish"),
        ("", r"\$SHELL is not set"),
        ("/bin/tcsh", r"\$SHELL is /bin/tcsh: say for which shell, one of bash, zsh, fish"),
    ],
)
def test_a_shell_that_is_not_known_is_told_with_those_that_are(path: str | None, sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        shell_named_by(path)


def test_a_name_that_is_not_known_is_told_with_those_that_are() -> None:
    refused = CliRunner().invoke(app, ["completion", "tcsh"])

    assert refused.exit_code == 2
    assert all(repr(str(shell)) in refused.output for shell in (*Shell, "tcsh"))


def test_a_tab_waits_for_nothing_that_commands_alone_need() -> None:
    code = "import ops.__main__, sys; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"boto3", "botocore", "schemas.catalogue", "ops.stage.deployed"} & set(found.stdout.split())
