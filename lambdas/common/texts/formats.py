"""Dates, times and amounts as a language and territory write them, by CLDR.

Source: Unicode Technical Standard 35, parts 3 "Numbers" and 4 "Dates", by its data in babel.
"""

import re
from copy import copy
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING

from schemas.money import decimals

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

_ABBREVIATION = re.compile("[A-Z]{2,5}")
"""A zone's abbreviation, such as CEST or MESZ. Instead of one, babel gives an offset, or a name of several words."""


class Formats:
    """Formats of one person: their locale, and times in their zone."""

    def __init__(self, locale: "Locale", zone: tzinfo) -> None:
        """Format for a locale of CLDR, with times in a zone."""
        self._locale = locale
        self._zone = zone
        self._zone_names: dict[tuple[str | None, timedelta | None], str] = {}

    def day(self, moment: datetime) -> str:
        """Format a date: "Wednesday, April 15, 2026", "Mittwoch, 15. April 2026", "mercredi 15 avril 2026"."""
        from babel.dates import format_date  # at the first text, not at the start

        return format_date(self._local(moment), "full", locale=self._locale)

    def short_day(self, moment: datetime) -> str:
        """Format a date without its year: "Wed, Apr 15", "Mi., 15. Apr.", "mer. 15 avr."."""
        from babel.dates import format_skeleton  # at the first text, not at the start

        return format_skeleton("MMMEd", self._local(moment), tzinfo=self._zone, locale=self._locale)

    def time_of_day(self, moment: datetime) -> str:
        """Format a time of day with its zone: "4:00 PM (GMT+2)", "16:00 Uhr (MESZ)"."""
        return f"{self._clock(moment)} ({self.zone_name(moment)})"

    def hours(self, start: datetime, end: datetime | None) -> str:
        """Format a range such as "4:00 to 4:45 PM (GMT+2)", with a dash for "to"; the start alone without a later end.

        The end's day is named where it is another one, and both zones where the clock changes between the two.
        """
        from babel.dates import format_interval  # at the first text, not at the start

        if end is None or end <= start:  # as a CRM may say it
            return self.time_of_day(start)
        since, until = self._local(start), self._local(end)
        same_zone = self.zone_name(since) == self.zone_name(until)
        if same_zone and since.date() == until.date():
            hours = format_interval(since, until, self._skeleton(), tzinfo=self._zone, locale=self._locale)
            return f"{hours} ({self.zone_name(since)})"
        first = self._clock(since) if same_zone else self.time_of_day(since)
        last = self.time_of_day(until)
        if since.date() != until.date():
            last = self._locale.datetime_formats["full"].format(last, self.day(until))
        return str(self._locale.interval_formats[None]).format(first, last)

    def zone_name(self, moment: datetime) -> str:
        """Abbreviate a time zone: CEST, MESZ, EDT; GMT+5:45 or UTC-3 where the locale has no abbreviation; UTC."""
        local = self._local(moment)
        named = local.tzname(), local.utcoffset()
        if named not in self._zone_names:
            self._zone_names[named] = _zone_name(local, self._locale)
        return self._zone_names[named]

    def money(self, minor_units: int, currency: str) -> str:
        """Format an amount: "€1,234.50", "1.234,50 €".

        Args:
            minor_units: amount in the currency's smallest unit by ISO 4217, such as cents.
            currency: ISO 4217 code in upper case.
        """
        from babel.numbers import get_group_symbol  # at the first text, not at the start

        places = decimals(currency)
        amount = Decimal(minor_units).scaleb(-places)
        pattern = _pattern(self._locale, places)
        write = partial(pattern.apply, amount, self._locale, currency=currency, currency_digits=False)
        if get_group_symbol(self._locale) != "'":
            return str(write())
        # Babel takes a pair of Switzerland's apostrophes between thousands for quotes, and drops them.
        return re.sub(
            "[0-9]+", lambda units: f"{int(units[0]):,}".replace(",", "'"), write(group_separator=False), count=1
        )

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    def _clock(self, moment: datetime) -> str:
        """Write a time as at the end of a range: there CLDR has the German "Uhr", which `format_time` leaves out."""
        from babel.dates import format_time  # at the first text, not at the start

        *_, end = self._locale.interval_formats[self._skeleton()]["m"]
        return format_time(self._local(moment), end, tzinfo=self._zone, locale=self._locale)

    def _skeleton(self) -> str:
        pattern: str = self._locale.time_formats["short"].format
        return "hm" if any(hour in pattern for hour in ("%(h)s", "%(hh)s", "%(K)s", "%(KK)s")) else "Hm"


@cache
def _pattern(locale: "Locale", places: int) -> "NumberPattern":
    """Return the pattern of amounts with ISO 4217's decimals; CLDR lists those used in cash, which may be fewer."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return pattern


def _zone_name(local: datetime, locale: "Locale") -> str:
    from babel.dates import get_timezone_name  # at the first text, not at the start

    if local.tzname() == "UTC":
        return "UTC"  # in some languages another, as the French TU, which few know
    name = get_timezone_name(local, "short", locale=locale)
    if _ABBREVIATION.fullmatch(name):
        return name
    offset = local.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    by = f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "") if minutes else ""
    return str(locale.zone_formats["gmt"] % by)
