"""The words of every language: complete, with the same placeholders, and shown as they are."""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from markupsafe import Markup

from app import ROOT
from lambdas.common.texts import gsm7
from lambdas.common.texts.language import DEFAULT, FOLDER, locale_of
from lambdas.common.texts.wording import Wording
from lambdas.email_send import declines

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
TEMPLATES = ROOT / "lambdas" / "email_send" / "templates"
CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
"""CLDR's plural categories."""


def files(language: str) -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / language).iterdir()}


def texts(language: str) -> Iterator[tuple[str, str | Mapping[str, str]]]:
    """Yield each text with its key; a text by plural categories is one."""
    for file, entries in files(language).items():
        for key, entry in entries.items():
            if isinstance(entry, dict) and key == "without":
                yield from ((f"{file}.without.{name}", words) for name, words in entry.items())
            else:
                yield f"{file}.{key}", entry


def is_plural(entry: str | Mapping[str, str]) -> bool:
    return not isinstance(entry, str)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def all_placeholders(entry: str | Mapping[str, str]) -> set[str]:
    return placeholders(entry) if isinstance(entry, str) else set().union(*map(placeholders, entry.values()))


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_all_texts_and_no_other(language: str) -> None:
    assert {key for key, _ in texts(language)} == {key for key, _ in texts(DEFAULT)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_same_placeholders(language: str) -> None:
    expected = {key: all_placeholders(entry) for key, entry in texts(DEFAULT)}

    assert {key: all_placeholders(entry) for key, entry in texts(language)} == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_the_languages_categories(language: str) -> None:
    categories = {*locale_of(language).plural_form.tags, "other"}
    plurals = {key: set(entry) for key, entry in texts(language) if is_plural(entry)}

    assert plurals
    assert categories <= CATEGORIES
    assert {key for key, found in plurals.items() if found != categories} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_plurals_where_the_others_have(language: str) -> None:
    assert {key for key, each in texts(language) if is_plural(each)} == {
        key for key, each in texts(DEFAULT) if is_plural(each)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_one_line_with_words(language: str) -> None:
    for key, entry in texts(language):
        for text in [entry] if isinstance(entry, str) else entry.values():
            assert text == text.strip(), key
            assert len(text.splitlines()) == 1, key
            assert "<" not in text, f"{key}: markup belongs in the template"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_text_messages_are_gsm_7(language: str) -> None:
    words = {key: entry for key, entry in texts(language) if key.startswith("sms.") and isinstance(entry, str)}

    assert {key: set(text) - gsm7.BASIC - set("{}") for key, text in words.items()} == {key: set() for key in words}


def test_every_text_is_used() -> None:
    """By a template, by the texts to phones, or by the reasons of declined payments."""
    said = {key for path in TEMPLATES.rglob("*.j2") for key in re.findall(r'say\(\s*"([a-z_.]+)"', path.read_text())}
    said |= {"layout.day_and_time", "sms.reminder", "declines.none", "declines.other"}
    said |= {f"declines.{reason}" for reason in declines.REASONS.values()}

    assert {key for key, _ in texts(DEFAULT) if ".without." not in key} == said


def words_in(template: str) -> str:
    """Return the letters that a template shows by itself, outside expressions, tags, comments and styles."""
    shown = re.sub(
        r"{#.*?#}|{%.*?%}|{{.*?}}|<style.*?</style>|<!--.*?-->|<[^>]*>|&[a-z#0-9]+;", " ", template, flags=re.DOTALL
    )
    return " ".join(re.findall(r"\w+", shown))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.j2")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_has_words_of_its_own(path: Any) -> None:
    assert words_in(path.read_text()) == ""


def test_words_in_a_template_are_found() -> None:
    assert words_in('<p class="quiet">{{ name }}, Hello{% if x %} you{% endif %}</p>') == "Hello you"


@pytest.mark.parametrize(
    ("tag", "count", "text"),
    [
        ("en", 1, "A payment to Zoe was declined, and"),
        ("en", 4, "A payment to Zoe was declined 4 times, and"),
        ("en", 1234, "A payment to Zoe was declined 1,234 times, and"),
        ("de", 1234, "Eine Zahlung bei Zoe wurde 1.234-mal abgelehnt."),
        ("fr", 0, "Un paiement destiné à Zoe a été refusé."),
        ("fr", 2, "Un paiement destiné à Zoe a été refusé 2 fois."),
        ("fr", 1_000_000, "Un paiement destiné à Zoe a été refusé 1 000 000 de fois."),
    ],
)
def test_plural_is_that_of_the_language(tag: str, count: int, text: str) -> None:
    said = Wording(tag).say("payment_failed.intro", company="Zoe", count=count)

    assert said.replace("\u202f", " ").replace("\u00a0", " ").startswith(text)


def test_values_are_escaped_in_html_and_markup_stays() -> None:
    said = Wording("en").say_in_html(
        "user_invitation.intro", inviter="<b>Ada</b> {company}", company=Markup("<bdi>Z</bdi>")
    )

    assert said == "&lt;b&gt;Ada&lt;/b&gt; {company} invites you to join the team of <bdi>Z</bdi> on Taly."


def test_values_are_shown_as_they_are_in_plain_text() -> None:
    said = Wording("en").say("layout.greeting_by_name", name="<b>{0} {name.__class__}\nAda</b>")

    assert said == "Hello <b>{0} {name.__class__} Ada</b>,"


def test_missing_text_or_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_text"):
        Wording("en").say("layout.no_such_text")
    with pytest.raises(KeyError, match="name"):
        Wording("en").say("layout.greeting_by_name")
