"""Snapshots of every email, reviewed in a browser in narrow and wide windows, in light and dark mode.

After an intended change, run `pytest tests/unit/functions/email_send/test_snapshots.py --snapshot-update`, then review
the HTML files under `__snapshots__/` in a browser.
"""

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from app import ROOT
from lambdas.common.texts.language import DEFAULT, FOLDER
from lambdas.email_send.rendering import render
from lambdas.email_send.values import VALUES
from schemas.emails import Template
from tests.mails import HARD, PLAIN, Words, mail

TEMPLATES = ROOT / "lambdas" / "email_send" / "templates"
MESSAGE_ID = "5f0c7a1e-6d52-4c0b-8a77-3c9d5b1e2f40"
CASES = [pytest.param(PLAIN, id="plain"), pytest.param(HARD, id="hard")]


class Html(SingleFileSnapshotExtension):
    """One HTML file per snapshot, to open in a browser."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"


class Text(SingleFileSnapshotExtension):
    """One text file per snapshot."""

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


@pytest.mark.parametrize("locale", sorted(folder.name for folder in FOLDER.iterdir() if folder.name != DEFAULT))
@pytest.mark.parametrize("template", Template)
def test_subject_and_text_in_a_language(template: Template, locale: str, snapshot: SnapshotAssertion) -> None:
    rendered = render(mail(template, Words(locale=locale)), MESSAGE_ID)

    assert f"Subject: {rendered.subject}\n\n{rendered.text}" == snapshot(extension_class=Text)


@pytest.mark.parametrize(
    "locale", ["pt-BR", "de-AT", "zh-Hant-TW", "ar-EG", "x-klingon", None, "en-GB", "fr-CA", "de-CH"], ids=str
)
def test_a_tag_gets_its_language_and_formats(locale: str | None, snapshot: SnapshotAssertion) -> None:
    """Dates, hours and amounts of the mails with most of them, and the language of the HTML."""
    mails = [mail(each) for each in (Template.APPOINTMENT_MOVED, Template.PAYMENT_FAILED)]
    tagged = [each.model_copy(update={"to": each.to.model_copy(update={"locale": locale})}) for each in mails]
    rendered = [render(each, MESSAGE_ID) for each in tagged]

    (language,) = {found for each in rendered for found in re.findall(r'<html lang="([\w-]+)"', each.html)}
    texts = [f"Subject: {each.subject}\n\n{each.text}" for each in rendered]
    assert "\n\n".join([f"Language: {language}", *texts]) == snapshot(extension_class=Text)


@pytest.mark.parametrize("template", Template)
def test_every_template_has_three_parts(template: Template) -> None:
    assert parts(TEMPLATES / template) == {"subject.j2", "text.j2", "html.j2"}


def test_every_template_folder_is_in_the_contract() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}

    assert folders == set(Template) == set(VALUES)


def parts(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
