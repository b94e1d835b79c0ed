"""The page of assumptions names what exists: modules, verifications, sources, commands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import ROOT
from ops.preflight.assumptions import PAGE, Assumption, assumptions, by_hand
from ops.preflight.verifications import VERIFICATIONS
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from schemas.sms import SMS_SEND

TEXT = PAGE.read_text(encoding="utf-8")
DEPLOYING = ROOT / "docs" / "deploying.md"
ROWS = list(assumptions(TEXT))
LINKS = dict(re.findall(r"^\[([a-z-]+)\]: (\S+)$", TEXT, re.MULTILINE))
MODULE = re.compile(r"`([\w/]+\.py)`")


def test_the_page_has_every_row_of_its_tables() -> None:
    assert len(ROWS) == sum(line.startswith("| ") for line in TEXT.splitlines()) - TEXT.count("| settled by |")
    assert len(ROWS) >= 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:60])
def test_a_row_names_modules_that_rely_on_it(row: Assumption) -> None:
    modules = MODULE.findall(row.modules)

    assert modules
    assert [each for each in modules if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:60])
def test_a_row_has_a_page_of_aws_as_its_source(row: Assumption) -> None:
    labels = re.findall(r"\]\[([a-z-]+)\]", row.source)

    assert labels
    assert all(LINKS[each].startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/")) for each in labels)


def test_each_link_is_used() -> None:
    assert {each for each in LINKS if f"][{each}]" not in TEXT} == set()


def test_the_verifications_of_the_rows_are_those_there_are() -> None:
    assert {each.verification for each in ROWS} - {""} == set(VERIFICATIONS)


def test_what_people_settle_has_a_command() -> None:
    rows = by_hand()

    assert {each.text for each in rows} == {each.text for each in ROWS if not each.verification}
    assert [each.text for each in rows if not re.search("`[^`]+ [^`]+`", each.settled)] == []
    assert not any("--verify" in each.settled for each in rows)


def test_the_files_for_the_commands_are_what_contracts_and_aws_accept(tmp_path: Path) -> None:
    (script,) = re.findall(r"^python3 - <<'END'\n(.+?)^END$", TEXT, re.MULTILINE | re.DOTALL)
    (invitation,) = re.findall(r"```json\n(\{\n  \"invitationId.+?)```", DEPLOYING.read_text(), re.DOTALL)
    (tmp_path / "invitation.json").write_text(invitation)

    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "STAGE": "qa"}, check=True)

    for event_type, name in ((EMAIL_SEND, "mail"), (SMS_SEND, "text")):
        event_type.payload.model_validate_json((tmp_path / f"{name}.json").read_bytes(), by_alias=True, by_name=False)
    message = (tmp_path / "1mib.json").read_bytes()
    assert isinstance(decode_strictly(message.decode(), catalogue=BY_NAME), Message)
    assert len(message) == 1_048_576
    (entry,) = json.loads((tmp_path / "entry.json").read_bytes())
    assert (entry["EventBusName"], len(entry["Detail"])) == ("taly-async-qa", 1_000_000)
    named = {each for row in ROWS for each in re.findall(r"(?:file://|--payload )(\w+\.json)", row.settled)}
    assert named - {"query.json"} == {file.name for file in tmp_path.iterdir()} - {"invitation.json"}


def test_no_assumption_stands_twice() -> None:
    assert len({each.text for each in ROWS}) == len(ROWS)
