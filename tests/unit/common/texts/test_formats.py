"""Dates, times and amounts by CLDR."""

from datetime import datetime, timedelta

import pytest

from lambdas.common.texts import time_zones
from lambdas.common.texts.formats import Formats
from lambdas.common.texts.language import locale_of

AFTERNOON = datetime.fromisoformat("2026-04-15T14:00:00Z")
BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2013": "-"})
"""No-break, narrow and thin spaces, and the dash of ranges: an editor shows no difference."""


def formats(tag: str, zone: str = "Europe/Berlin") -> Formats:
    return Formats(locale_of(tag), time_zones.zone(zone))


def plain(text: str) -> str:
    return text.translate(BLANKS)


@pytest.mark.parametrize(
    ("tag", "day", "short", "time"),
    [
        ("en", "Wednesday, April 15, 2026", "Wed, Apr 15", "4:00 PM (GMT+2)"),
        ("en-GB", "Wednesday, 15 April 2026", "Wed 15 Apr", "16:00 (CEST)"),
        ("de", "Mittwoch, 15. April 2026", "Mi., 15. Apr.", "16:00 Uhr (MESZ)"),
        ("de-AT", "Mittwoch, 15. April 2026", "Mi., 15. Apr.", "16:00 Uhr (MESZ)"),
        ("fr", "mercredi 15 avril 2026", "mer. 15 avr.", "16:00 (UTC+2)"),
        ("fr-CA", "mercredi 15 avril 2026", "mer. 15 avr.", "16 h 00 (UTC+2)"),
        ("fr-CH", "mercredi, 15 avril 2026", "mer. 15 avr.", "16:00 (UTC+2)"),
    ],
)
def test_days_and_times_are_those_of_the_territory(tag: str, day: str, short: str, time: str) -> None:
    found = formats(tag)

    assert (found.day(AFTERNOON), found.short_day(AFTERNOON)) == (day, short)
    assert plain(found.time_of_day(AFTERNOON)) == time


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Berlin", "Mittwoch, 15. April 2026"), ("Pacific/Kiritimati", "Donnerstag, 16. April 2026")],
)
def test_day_is_the_one_in_the_time_zone(zone: str, day: str) -> None:
    assert formats("de", zone).day(AFTERNOON) == day


@pytest.mark.parametrize(
    ("tag", "zone", "name"),
    [
        ("en", "UTC", "UTC"),
        ("de", "UTC", "UTC"),
        ("fr", "UTC", "UTC"),
        ("en", "Etc/Unknown", "UTC"),
        ("en", "America/New_York", "EDT"),
        ("en-GB", "Europe/London", "BST"),
        ("fr-CA", "America/Montreal", "HAE"),
        ("en", "America/Sao_Paulo", "GMT-3"),
        ("fr", "America/Sao_Paulo", "UTC-3"),
        ("de", "Pacific/Kiritimati", "GMT+14"),
        ("en", "Asia/Kathmandu", "GMT+5:45"),
        ("de", "Pacific/Marquesas", "GMT-9:30"),
        ("en", "Africa/Abidjan", "GMT"),
    ],
)
def test_zone_is_abbreviated_or_named_by_its_offset(tag: str, zone: str, name: str) -> None:
    assert formats(tag, zone).zone_name(AFTERNOON) == name


@pytest.mark.parametrize(
    ("tag", "minutes", "text"),
    [
        ("en", 45, "4:00 - 4:45 PM (GMT+2)"),
        ("en-GB", 45, "16:00-16:45 (CEST)"),
        ("de", 45, "16:00-16:45 Uhr (MESZ)"),
        ("fr", 45, "16:00 - 16:45 (UTC+2)"),
        ("fr-CA", 45, "16 h 00 - 16 h 45 (UTC+2)"),
        ("en", 480, "4:00 PM - Thursday, April 16, 2026, 12:00 AM (GMT+2)"),
        ("de", 600, "16:00 Uhr - Donnerstag, 16. April 2026, 02:00 Uhr (MESZ)"),
    ],
)
def test_hours_name_the_end_day_only_if_it_differs(tag: str, minutes: int, text: str) -> None:
    assert plain(formats(tag).hours(AFTERNOON, AFTERNOON + timedelta(minutes=minutes))) == text


def test_hours_across_noon_name_both_halves_of_the_day() -> None:
    morning = datetime.fromisoformat("2026-04-15T09:30:00Z")

    assert plain(formats("en").hours(morning, morning + timedelta(hours=1))) == "11:30 AM - 12:30 PM (GMT+2)"


@pytest.mark.parametrize("end", [None, AFTERNOON, AFTERNOON - timedelta(hours=1), AFTERNOON - timedelta(days=9)])
def test_hours_without_an_end_after_the_start_are_the_start(end: datetime | None) -> None:
    assert formats("de").hours(AFTERNOON, end) == "16:00 Uhr (MESZ)"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "01:30 Uhr (MEZ) - 03:30 Uhr (MESZ)"),
        ("2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z", "02:30 Uhr (MESZ) - 02:15 Uhr (MEZ)"),
    ],
)
def test_hours_across_a_clock_change_name_both_zones(start: str, end: str, text: str) -> None:
    since, until = map(datetime.fromisoformat, (start, end))

    assert plain(formats("de").hours(since, until)) == text


@pytest.mark.parametrize(
    ("tag", "amount", "currency", "text"),
    [
        ("en", 123450, "EUR", "€1,234.50"),
        ("en", 5, "USD", "$0.05"),
        ("en-CA", 5, "USD", "US$0.05"),
        ("en", 5000, "JPY", "¥5,000"),
        ("en", 2**53 - 1, "KWD", "KWD 9,007,199,254,740.991"),
        ("de", 123450, "EUR", "1.234,50 €"),
        ("de", 12345, "CLF", "1,2345 CLF"),
        ("de-AT", 123450, "EUR", "€ 1.234,50"),
        ("de-CH", 123456789, "CHF", "CHF 1'234'567.89"),
        ("de-CH", 2**53 - 1, "CLF", "CLF 900'719'925'474.0991"),
        ("fr-CH", 5_000_000, "JPY", "5'000'000 JPY"),
        ("fr", 123450, "EUR", "1 234,50 €"),
        ("fr-CA", 123450, "CAD", "1 234,50 $"),
    ],
)
def test_amount_is_written_as_in_the_territory(tag: str, amount: int, currency: str, text: str) -> None:
    assert plain(formats(tag).money(amount, currency)).replace("KWD9", "KWD 9") == text


@pytest.mark.parametrize("currency", ["HUF", "IDR", "IQD", "COP"])
def test_amount_has_the_decimals_of_iso_4217(currency: str) -> None:
    """CLDR lists fewer for cash; the rest would vanish from the mail."""
    places = 3 if currency == "IQD" else 2

    assert formats("en").money(12345678, currency).partition(".")[2] == "12345678"[-places:]
