"""Each command in the documentation, in an alarm and in an advice is one that the command line takes."""

from pathlib import Path

import pytest

from ops.terminal.checkout import ROOT
from schemas.advice import ADVICE, UNDELIVERED
from schemas.signals import SIGNALS
from tests.unit.written_commands.command_lines import WrittenCommand, check, in_page, in_text

PAGES = [page for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")) if page.name != "CHANGELOG.md"]
"""All that is about this version."""

TEXTS = [
    *(text for signal in SIGNALS for text in (signal.meaning, signal.causes, signal.first_step)),
    *(text for advice in (*ADVICE.values(), UNDELIVERED) for text in (advice.why, advice.to_do)),
]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_each_command_on_a_page_can_be_typed(page: Path) -> None:
    for command in in_page(page.read_text()):
        check(command)


def test_the_runbook_and_the_readme_have_commands() -> None:
    counts = {name: len([*in_page((ROOT / name).read_text())]) for name in ("README.md", "docs/runbook.md")}

    assert min(counts.values()) > 20


@pytest.mark.parametrize("text", TEXTS)
def test_each_command_in_an_alarm_or_an_advice_exists(text: str) -> None:
    for command in in_text(text):
        check(command)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("taly-async redriv email.send --all", "No such command: redriv"),
        ("taly-async redrive email.send --cuase c83d68dfbef7", "No such option: --cuase"),
        ("taly-async dead-letters show", "Missing parameter: an_id"),
        ("taly-async cause ack c83d68dfbef7 4h", "unexpected extra argument"),
        ("taly-async discard email.send --all", "Missing parameter: comment"),
        ("taly-async redrive email.send --sample five --all", "should be a valid integer"),
    ],
)
def test_a_command_that_cannot_be_typed_is_found(line: str, says: str) -> None:
    with pytest.raises(Exception, match=says):
        check(WrittenCommand(line, is_complete=True))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "```\n$ taly-async status  # all\ntaly-async tail | jq .\n```",
            ["taly-async status  # all", "taly-async tail | jq ."],
        ),
        ("use `taly-async redrive\nunrouted --all`;", ["taly-async redrive unrouted --all"]),
        ("```taly-async resume a.b\ntaly-async resume c.d```", ["taly-async resume a.b", "taly-async resume c.d"]),
        ("the queue `taly-async-prod-ingress` and `/aws/lambda/taly-async-prod`", []),
    ],
)
def test_commands_are_found_in_blocks_and_spans(text: str, lines: list[str]) -> None:
    assert [command.line for command in in_page(text)] == lines
