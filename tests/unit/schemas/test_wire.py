"""The forms of values on the wire: what is accepted, and what becomes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.email_domains import ascii_address
from schemas.wire import EmailAddress, HttpsUrl, Locale, PhoneNumber, TimeZone, instant

WHITE_SPACE = "".join(map(chr, (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B))))
WHITE_SPACE += "\u2028\u2029\u202f\u205f\u3000"
"""All characters with the property White_Space (Unicode, PropList.txt)."""


def read(kind: Any, text: str) -> Any:
    return TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("blank", WHITE_SPACE, ids=ascii)
@pytest.mark.parametrize(
    ("kind", "text"),
    [(EmailAddress, "ada@example.com"), (PhoneNumber, "+14155550123"), (HttpsUrl, "https://app.taly.dev/x")],
    ids=["email", "phone", "url"],
)
def test_blanks_around_a_value_are_taken_off(kind: Any, text: str, blank: str) -> None:
    assert read(kind, f"{blank}{text}{blank}{blank}") == text


@pytest.mark.parametrize("blank", WHITE_SPACE, ids=ascii)
def test_blanks_within_a_value_are_refused(blank: str) -> None:
    for kind, text in (
        (EmailAddress, "ada@exa{}mple.com"),
        (PhoneNumber, "+1415{}5550123"),
        (HttpsUrl, "https://a/{}x"),
    ):
        with pytest.raises(ValidationError):
            read(kind, text.format(blank))


@pytest.mark.parametrize("wide", [" " * 300, "\u200b", "\ufeff"], ids=["too many", "zero width", "byte order mark"])
def test_other_characters_around_an_address_are_refused(wide: str) -> None:
    with pytest.raises(ValidationError):
        read(EmailAddress, f"{wide}ada@example.com")


@pytest.mark.parametrize(
    "tag",
    [
        *("de", "fr", "ja", "zh-Hant", "sr-Latn-RS", "sl-rozaj", "sl-rozaj-biske", "de-CH-1901", "sl-IT-nedis"),
        *("hy-Latn-IT-arevela", "de-DE", "en-US", "es-419", "de-CH-x-phonebk", "az-Arab-x-AZE-derbend", "x-whatever"),
        *("qaa-Qaaa-QM-x-southern", "de-Qaaa", "sr-Latn-QM", "en-US-u-islamcal", "zh-CN-a-myext-x-private"),
        *("en-a-myext-b-another", "zh-cmn-Hans-CN", "cmn-Hans-CN", "zh-yue-HK", "i-enochian", "en-GB-oed", "sgn-BE-FR"),
        *(
            "EN",
            "en-us",
            "eN-gb-OXENDICT",
            "en_US",
            "zh_Hant_TW",
            "art-lojban",
            "zh-min-nan",
            "cel-gaulish",
            "i-klingon",
        ),
    ],
)
def test_language_tag_of_rfc_5646_is_accepted(tag: str) -> None:
    """Source: RFC 5646, appendix A and section 2.1; an underscore as systems write it."""
    assert read(Locale, tag) == tag


@pytest.mark.parametrize(
    "tag", ["", "e", "e-US", "en-", "-en", "en--US", "en US", "englishes", "de-x", "a-DE", "en-US.UTF-8", "dé", "en\n"]
)
def test_text_that_is_no_language_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValidationError):
        read(Locale, tag)


@pytest.mark.parametrize(
    "zone", ["", " ", "Etc/Unknown", "US/Pacific-New", "+02:00", "GMT+2", "(UTC+01:00) Amsterdam, Berlin"]
)
def test_zone_that_does_not_exist_costs_no_message(zone: str) -> None:
    assert read(TimeZone, zone) == zone


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "Https"])
@pytest.mark.parametrize("characters", [20, 2049, 8192])
def test_link_is_accepted_in_any_case_of_its_scheme(scheme: str, characters: int) -> None:
    url = f"{scheme}://a.example/".ljust(characters, "x")

    assert read(HttpsUrl, url) == url


@pytest.mark.parametrize("url", ["https://a.example/".ljust(8193, "x"), "http://a.example/", "HTTPS:/a.de"], ids=len)
def test_link_that_is_too_long_or_not_https_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        read(HttpsUrl, url)


@pytest.mark.parametrize(
    ("address", "ascii_form"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@m\u00fcller.example", "ada@xn--mller-kva.example"),
        ("ada@mu\u0308ller.example", "ada@xn--mller-kva.example"),
        ("ada@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "ada@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_internationalised_domain_is_written_in_ascii(address: str, ascii_form: str) -> None:
    assert ascii_address(read(EmailAddress, address)) == ascii_form


@pytest.mark.parametrize(
    "address",
    ["ada@fu\u00df.example", "\u00e4nne@example.com", "ada@a\u200db.example", "ada@" + 63 * "\u00e4" + ".example"],
)
def test_address_without_an_ascii_form_is_refused_without_naming_it(address: str) -> None:
    with pytest.raises(ValueError, match=r"^has letters that cannot be written in ASCII$"):
        ascii_address(address)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-04-14T14:00:00+02:00", datetime(2026, 4, 14, 12, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-04-14T12:00:00", None),
        ("0900-01-01T00:00:00Z", None),
        ("3000-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_instant_has_an_offset_and_a_year_of_a_timestamp(text: str, at: datetime | None) -> None:
    assert instant(text) == at
