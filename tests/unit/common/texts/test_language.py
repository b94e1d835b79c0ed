"""The language of a person's texts, by a BCP 47 tag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.texts.language import FOLDER, language_of, locale_of

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())


@pytest.mark.parametrize(
    ("tag", "language", "formats"),
    [
        ("en", "en", "en"),
        ("de", "de", "de"),
        ("de-AT", "de", "de_AT"),
        ("en-GB", "en", "en_GB"),
        ("fr-CA", "fr", "fr_CA"),
        ("fr-CH", "fr", "fr_CH"),
        ("pt-BR", "en", "en"),
        ("zh-Hant-TW", "en", "en"),
        ("ar-EG", "en", "en"),
        ("x-klingon", "en", "en"),
        (None, "en", "en"),
        ("", "en", "en"),
    ],
)
def test_tag_is_looked_up(tag: str | None, language: str, formats: str) -> None:
    assert (language_of(tag), str(locale_of(tag))) == (language, formats)


@pytest.mark.parametrize("tag", ["de-at", "DE-AT", "de_AT", "De_aT", " de-AT "])
def test_letter_case_and_underscores_count_for_nothing(tag: str) -> None:
    assert (language_of(tag), str(locale_of(tag))) == ("de", "de_AT")


@pytest.mark.parametrize(
    ("tag", "language", "formats"),
    [
        ("de-Latn-AT-1996", "de", "de_AT"),  # a script before the territory, a variant after it
        ("de-1996", "de", "de"),
        ("de-CH-1901", "de", "de_CH"),
        ("en-GB-oxendict", "en", "en_GB"),
        ("en-150", "en", "en_150"),
        ("fr-419", "fr", "fr"),  # a region that CLDR has no French of
        ("de-ZZ", "de", "de"),
        ("de-AT-u-co-phonebk-nu-latn", "de", "de_AT"),
        ("de-u-rg-atzzzz", "de", "de"),
        ("de-x-at", "de", "de"),  # private: no territory
        ("de-t-en-gb", "de", "de"),  # of a transformed text: no territory
        ("fr-fx-a-bbb-x-c", "fr", "fr"),
    ],
)
def test_tag_with_more_than_a_language_and_a_territory(tag: str, language: str, formats: str) -> None:
    assert (language_of(tag), str(locale_of(tag))) == (language, formats)


@pytest.mark.parametrize(
    "tag",
    [
        *("x-de", "x-fr-ca", "i-klingon", "i-default", "sgn-BE-FR", "art-lojban", "zh-min-nan", "cel-gaulish"),
        *("deu", "gsw", "frr", "ang", "und", "mul", "und-DE", "root"),
    ],
)
def test_tag_that_only_looks_like_one_of_ours_is_english(tag: str) -> None:
    assert (language_of(tag), str(locale_of(tag))) == ("en", "en")


def test_grandfathered_english_is_english() -> None:
    assert (language_of("en-GB-oed"), str(locale_of("en-GB-oed"))) == ("en", "en_GB")


@given(st.one_of(st.none(), st.text(), st.from_regex(r"(de|fr|en|pt)([-_][A-Za-z0-9/.]{1,8}){0,4}", fullmatch=True)))
def test_any_text_has_a_language_and_its_formats(tag: str | None) -> None:
    assert language_of(tag) in LANGUAGES
    assert locale_of(tag).language == language_of(tag).partition("-")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_folder_is_a_language_that_cldr_has(language: str) -> None:
    assert language_of(language.upper()) == language
    assert str(locale_of(language)) == language.replace("-", "_")
