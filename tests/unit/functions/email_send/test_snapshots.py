"""Email: every mail as it was looked at and found right, on a phone and in a window, by day and by night.

After a wanted change: `pytest tests/unit/functions/email_send/test_snapshots.py --snapshot-update`, then open the HTML
files under `__snapshots__/` in a browser.
"""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from app import ROOT
from lambdas.email_send.rendering import render
from lambdas.email_send.values import VALUES
from schemas.emails import Template
from tests.mails import HARD, PLAIN, Words, mail

TEMPLATES = ROOT / "lambdas" / "email_send" / "templates"
MESSAGE_ID = "5f0c7a1e-6d52-4c0b-8a77-3c9d5b1e2f40"
CASES = [pytest.param(PLAIN, id="plain"), pytest.param(HARD, id="hard")]


class Html(SingleFileSnapshotExtension):
    """A file that a browser shows."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"


class Text(SingleFileSnapshotExtension):
    """A file that anything shows."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.mark.parametrize("words", CASES)
@pytest.mark.parametrize("template", Template)
def test_html(template: Template, words: Words, snapshot: SnapshotAssertion) -> None:
    assert render(mail(template, words), MESSAGE_ID).html == snapshot(extension_class=Html)


@pytest.mark.parametrize("words", CASES)
@pytest.mark.parametrize("template", Template)
def test_subject_and_text(template: Template, words: Words, snapshot: SnapshotAssertion) -> None:
    rendered = render(mail(template, words), MESSAGE_ID)

    assert f"Subject: {rendered.subject}\n\n{rendered.text}" == snapshot(extension_class=Text)


@pytest.mark.parametrize("template", Template)
def test_every_template_of_the_contract_has_its_three_parts(template: Template) -> None:
    assert parts(TEMPLATES / template) == {"subject.j2", "text.j2", "html.j2"}


def test_every_folder_is_a_template_of_the_contract_with_values() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}

    assert folders == set(Template) == set(VALUES)


def parts(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
