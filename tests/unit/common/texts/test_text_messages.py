"""Text messages to customers, in their language."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.texts import gsm7
from lambdas.common.texts.language import FOLDER
from lambdas.common.texts.text_messages import reminder_text
from lambdas.sms_send.segments import Encoding, Segments, segments
from schemas.crm import Appointment, read
from tests.mails import BLANK, ODD
from tests.messages import appointment, text

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())


def reminder(locale: str | None = "en", **changes: object) -> str:
    answer = appointment(companyName="Cafe Zoe") | changes
    answer["customer"] = answer["customer"] | {"locale": locale}
    return reminder_text(read(Appointment, text(answer).encode()))


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "Cafe Zoe: reminder of Haircut with Grace on Wed, Apr 15, 4:00 PM (GMT+2)"),
        ("en-GB", "Cafe Zoe: reminder of Haircut with Grace on Wed 15 Apr, 16:00 (CEST)"),
        ("de-AT", "Cafe Zoe: Erinnerung an Haircut mit Grace am Mi., 15. Apr., 16:00 Uhr (MESZ)"),
        ("fr", "Cafe Zoe: rappel de Haircut avec Grace le mer. 15 avr., 16:00 (UTC+2)"),
        ("fr-CA", "Cafe Zoe: rappel de Haircut avec Grace le mer. 15 avr., 16 h 00 (UTC+2)"),
        ("pt-BR", "Cafe Zoe: reminder of Haircut with Grace on Wed, Apr 15, 4:00 PM (GMT+2)"),
        (None, "Cafe Zoe: reminder of Haircut with Grace on Wed, Apr 15, 4:00 PM (GMT+2)"),
    ],
)
def test_reminder_is_in_the_customers_language(locale: str | None, said: str) -> None:
    assert reminder(locale) == said


@pytest.mark.parametrize("language", [*LANGUAGES, "en-GB", "en-IN", "de-AT", "fr-CA", "fr-CH"])
def test_reminder_of_any_day_is_one_segment(language: str) -> None:
    days = (datetime(2026, 1, 1, 20, 58, tzinfo=UTC) + timedelta(days=9 * number) for number in range(41))

    found = {segments(reminder(language, startTime=day.isoformat())) for day in days}

    assert {(each.encoding, each.count) for each in found} == {(Encoding.GSM_7, 1)}


@pytest.mark.parametrize("letter", ["S", "é", "€", "["])
@pytest.mark.parametrize("language", [*LANGUAGES, "fr-CA"])
def test_reminder_with_long_names_is_one_segment(language: str, letter: str) -> None:
    long = reminder(
        language,
        companyName=letter * 200,
        service=letter * 200,
        staff=letter * 200,
        timeZone="Asia/Kathmandu",
        startTime="2026-09-23T20:58:00Z",
    )

    assert long.count("...") == 3
    assert (segments(long).encoding, segments(long).count) == (Encoding.GSM_7, 1)


def test_name_beyond_gsm_7_stays_as_it_is() -> None:
    said = reminder(companyName="Café Zoë", service="髪を切る")

    assert said.startswith("Café Zoë: reminder of 髪を切る with Grace on ")
    assert isinstance(segments(said), Segments)


@pytest.mark.parametrize("blank", [*BLANK, None], ids=ascii)
@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("companyName", "Ihr Anbieter: Erinnerung an Haircut mit Grace am Mi."),
        ("service", "Cafe Zoe: Erinnerung an Ihren Termin mit Grace am Mi."),
        ("staff", "Cafe Zoe: Erinnerung an Haircut mit unserem Team am Mi."),
    ],
)
def test_name_that_shows_nothing_is_replaced(field: str, shown: str, blank: str | None) -> None:
    assert reminder("de", **{field: blank}).startswith(shown)


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_names_add_no_controls_to_the_text(odd: str) -> None:
    said = reminder(companyName=f"Ca{odd}fe", service=f"Hair{odd}cut", staff=f"Gra{odd}ce")

    assert odd not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("zone", ["Etc/Unknown", "US/Pacific-New", "", None, 7])
def test_reminder_in_an_unknown_zone_says_utc(zone: object) -> None:
    assert reminder(timeZone=zone).endswith("on Wed, Apr 15, 2:00 PM (UTC)")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("août", "aout"), ("4:00\u202fPM", "4:00 PM"), ("déc.", "déc."), ("16\u00a0h", "16 h"), ("髪", "髪"), ("€", "€")],
)
def test_text_is_approximated_in_gsm_7(written: str, read_as: str) -> None:
    assert gsm7.approximated(written) == read_as
