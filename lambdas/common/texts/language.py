"""Find the language of a person's texts, and the formats of their territory, by a BCP 47 tag."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

FOLDER = Path(__file__).parent / "languages"
"""A folder of texts for each language, named by its tag, such as `de` or `pt-BR`."""

DEFAULT = "en"
"""The language of texts for a person whose own has no folder."""

_TERRITORY = re.compile("[a-z]{2}|[0-9]{3}")
"""A region subtag in lower case (RFC 5646, section 2.2.4)."""


def language_of(tag: str | None) -> str:
    """Look up the language of the texts for a person: RFC 4647, section 3.4, "Lookup".

    The tag is shortened from its end until a folder has that name: for `de-Latn-AT-1996` it is `de`. Letter case counts
    for nothing, and an underscore is a hyphen. What is private (`x-klingon`) names no language.
    """
    return _looked_up(_subtags(tag)) or DEFAULT


def locale_of(tag: str | None) -> "Locale":
    """Return the formats of the texts' language, in the territory of the tag where CLDR has them: de-AT, en-GB, fr-CA.

    A person who gets the default language, because their own has no folder, gets that language's formats.
    """
    subtags = _subtags(tag)
    language = _looked_up(subtags)
    territory = _territory(subtags) if language else None
    return _locale(language or DEFAULT, territory)


def _subtags(tag: str | None) -> list[str]:
    return (tag or "").strip().lower().replace("_", "-").split("-")


def _looked_up(subtags: Sequence[str]) -> str | None:
    rest = [*subtags]
    while rest:
        if found := _folders().get("-".join(rest)):
            return found
        rest.pop()
        if rest and len(rest[-1]) == 1:  # such as the x before what is private
            rest.pop()
    return None


def _territory(subtags: Sequence[str]) -> str | None:
    """Return the region in lower case: the first subtag of its form after the language and before any extension."""
    for subtag in subtags[1:]:
        if len(subtag) == 1:
            return None
        if _TERRITORY.fullmatch(subtag):
            return subtag
    return None


@cache
def _folders() -> Mapping[str, str]:
    return {folder.name.lower(): folder.name for folder in FOLDER.iterdir() if folder.is_dir()}


@lru_cache(maxsize=256)
def _locale(language: str, territory: str | None) -> "Locale":
    from babel import Locale  # at the first text, not at the start
    from babel.localedata import exists

    name = language.replace("-", "_")
    in_territory = f"{name}_{territory.upper()}" if territory else name
    return Locale.parse(in_territory if exists(in_territory) else name)
