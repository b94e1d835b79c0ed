"""The words of a language, read from its folder of texts."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from markupsafe import Markup, escape

from lambdas.common.texts.language import FOLDER, language_of, locale_of
from lambdas.common.texts.plain_text import one_line

if TYPE_CHECKING:
    from babel import Locale

_Text = str | Mapping[str, str]
"""A text, or one for each of CLDR's plural categories."""


class Wording:
    """The texts for one person, in their language and with numbers as in their territory."""

    def __init__(self, tag: str | None) -> None:
        """Look up the language of a BCP 47 tag; see `language_of`."""
        self.language = language_of(tag)
        self.locale: Locale = locale_of(tag)

    def say(self, key: str, **values: object) -> str:
        """Fill in a text, on one line.

        Args:
            key: the file's name and the text's, such as `layout.greeting`.
            values: the text's placeholders. By `count`, a whole number, the plural category is chosen.

        Raises:
            KeyError: there is no such text, or a placeholder has no value.
        """
        return self._text(key, values).format(**{name: self._shown(value) for name, value in values.items()})

    def say_in_html(self, key: str, **values: object) -> Markup:
        """Fill in a text for HTML: everything is escaped but values that are markup already. See `say`."""
        shown = {name: self._shown(value) for name, value in values.items()}
        return Markup(escape(self._text(key, values))).format(**shown)  # noqa: S704 escaped before

    def without(self, name: str, *, in_file: str = "layout") -> str | None:
        """Return the words for a name that is missing or shows nothing, if there are any."""
        return _texts(self.language, in_file, "without").get(name)

    def _text(self, key: str, values: Mapping[str, object]) -> str:
        file, _, name = key.partition(".")
        text = _file(self.language, file)[name]
        if isinstance(text, str):
            return text
        return text[self.locale.plural_form(cast("int", values["count"]))]

    def _shown(self, value: object) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, int):
            from babel.numbers import format_decimal  # at the first text, not at the start

            return format_decimal(value, locale=self.locale)
        return one_line(str(value))


def _texts(language: str, file: str, table: str) -> Mapping[str, str]:
    found = _file(language, file)[table]
    return found if isinstance(found, Mapping) else {}


@cache
def _file(language: str, name: str) -> Mapping[str, _Text]:
    import tomllib  # at the first text, not at the start

    return tomllib.loads((FOLDER / language / f"{name}.toml").read_text(encoding="utf-8"))
