"""The CRM's answers are read row by row and channel by channel: one odd value costs that value alone."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.crm import (
    Admin,
    Appointment,
    AppointmentCustomer,
    CompanyAdmins,
    CompanyWebhooks,
    CrmAnswer,
    PaymentState,
    WebhookEndpoint,
    read,
)
from schemas.wire import Channel, WireModel
from tests.messages import SECRET, appointment, company_admins, company_webhooks
from tests.models import models_within

Json = dict[str, Any]

ADMINS = company_admins("ada@example.com", "grace@example.com", "joan@example.com")
ENDPOINTS = company_webhooks("we_0", "we_1", "we_2")

NEEDED: dict[type[WireModel], set[str]] = {
    Appointment: {"id", "companyId", "status", "startTime"},
    AppointmentCustomer: set(),
    CompanyAdmins: {"admins"},
    Admin: {"email"},
    CompanyWebhooks: {"endpoints"},
    WebhookEndpoint: {"id"},
    PaymentState: set(),
}
"""What cannot be left out: of an answer, it refuses the answer; of a row, it costs the row."""

OTHER_TYPES: tuple[Any, ...] = (7, 1.5, True, ["x"], {"x": "y"})
ODD_TEXTS = ("", " ", "\u2028", "x\x00y", "a b@c", "\ud800", "n/a", "ä", "x" * 9000)

Place = tuple[type[WireModel], str]


def fields() -> list[Place]:
    return [(model, str(field.alias)) for model in NEEDED for field in model.model_fields.values()]


def odd_values() -> Iterator[Any]:
    yield from (None, ...)  # null, absent
    yield from OTHER_TYPES
    yield from ODD_TEXTS


def is_of_another_type(value: object) -> bool:
    """Whether a value is none of the kinds that the text fields may have."""
    return not (value is None or value is ... or isinstance(value, str))


def is_about(place: str, sentence: str) -> bool:
    """Whether a sentence of what was left out names a place, or the first row of a list there."""
    return sentence.startswith((f"{place}: ", f"{place}[0]: "))


def changed(row: Mapping[str, Any], field: str, value: Any) -> Json:
    return {name: each for name, each in {**row, field: value}.items() if each is not ...}


def answer(body: object) -> bytes:
    return json.dumps(body).encode()


def read_appointment(**changes: Any) -> Appointment:
    return read(Appointment, answer(appointment(**changes)))


def read_customer(**changes: Any) -> Appointment:
    return read_appointment(customer=appointment()["customer"] | changes)


def test_every_model_of_the_answers_is_tried_here() -> None:
    assert NEEDED.keys() == {found for model in CrmAnswer.__subclasses__() for found in models_within(model)}


def test_needed_fields_are_those_without_a_default() -> None:
    required = {
        model: {str(field.alias) for field in model.model_fields.values() if field.is_required()} for model in NEEDED
    }

    assert required == NEEDED


@pytest.mark.parametrize("value", list(odd_values()), ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("field", [field for model, field in fields() if model is Appointment])
def test_odd_field_of_an_appointment_costs_itself_alone(field: str, value: Any) -> None:
    body = answer(changed(appointment(), field, value))
    if field in NEEDED[Appointment] and not (field == "status" and isinstance(value, str) and value.strip()):
        with pytest.raises(ValidationError):
            read(Appointment, body)
        return

    found = read(Appointment, body)

    kept, usual = found.model_dump(mode="json"), read_appointment().model_dump(mode="json")
    assert {name for name in usual if kept[name] != usual[name]} <= {field}
    assert all(sentence.startswith(f"{field}: ") for sentence in found.left_out)
    readable = (field, type(value)) in {("customer", dict), ("version", int)}
    assert len(found.left_out) == 1 or not is_of_another_type(value) or readable


@pytest.mark.parametrize("value", list(odd_values()), ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("field", [field for model, field in fields() if model is AppointmentCustomer])
def test_odd_field_of_a_customer_costs_that_channel_alone(field: str, value: Any) -> None:
    found = read(Appointment, answer(appointment(customer=changed(appointment()["customer"], field, value))))

    kept = found.customer.model_dump(mode="json")
    usual = read_appointment().customer.model_dump(mode="json")
    assert {name for name in usual if kept[name] != usual[name]} <= {field}
    assert all(is_about(f"customer.{field}", sentence) for sentence in found.left_out)
    assert len(found.left_out) == 1 or not is_of_another_type(value)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", list(odd_values()), ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("field", [field for model, field in fields() if model is Admin])
def test_odd_field_of_an_admin_leaves_the_others_as_they_are(field: str, value: Any, position: int) -> None:
    rows = [changed(row, field, value) if at == position else row for at, row in enumerate(ADMINS["admins"])]

    found = read(CompanyAdmins, answer({**ADMINS, "admins": rows}))

    usual = read(CompanyAdmins, answer(ADMINS)).admins
    others = [row for at, row in enumerate(usual) if at != position]
    assert [row for row in found.admins if row in others] == others
    assert len(found.admins) == (2 if field == "email" else 3)
    assert all(is_about(f"admins[{position}].{field}", sentence) for sentence in found.left_out)
    assert len(found.left_out) == 1 or not is_of_another_type(value)
    assert found.rows_left_out == (1 if field == "email" else 0)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", list(odd_values()), ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("field", [field for model, field in fields() if model is WebhookEndpoint])
def test_odd_field_of_an_endpoint_leaves_the_others_as_they_are(field: str, value: Any, position: int) -> None:
    rows = [changed(row, field, value) if at == position else row for at, row in enumerate(ENDPOINTS["endpoints"])]

    found = read(CompanyWebhooks, answer({"endpoints": rows}))

    usual = read(CompanyWebhooks, answer(ENDPOINTS)).endpoints
    others = [row for at, row in enumerate(usual) if at != position]
    assert [row for row in found.endpoints if row in others] == others
    assert len(found.endpoints) == (2 if field == "id" else 3)
    assert all(sentence.startswith(f"endpoints[{position}].{field}") for sentence in found.left_out)


@pytest.mark.parametrize("row", [None, 7, "x", [], ...], ids=ascii)
@pytest.mark.parametrize(
    ("model", "rows", "body"),
    [
        (CompanyAdmins, "admins", ADMINS),
        (CompanyWebhooks, "endpoints", ENDPOINTS),
    ],
)
def test_row_that_is_no_object_costs_that_row(model: type[CrmAnswer], rows: str, body: Json, row: Any) -> None:
    odd = {} if row is ... else row

    found = read(model, answer({**body, rows: [odd, *body[rows], odd]}))

    assert getattr(found, rows) == getattr(read(model, answer(body)), rows)
    assert found.rows_left_out == 2
    assert [sentence.partition(":")[0].partition(".")[0] for sentence in found.left_out] == [f"{rows}[0]", f"{rows}[4]"]


@pytest.mark.parametrize(
    ("model", "body"),
    [(CompanyAdmins, ADMINS), (CompanyWebhooks, ENDPOINTS), (Appointment, appointment())],
)
@pytest.mark.parametrize("odd", ["[]", "null", "7", '"x"', "{}", "", "<html>", '{"id": 1e999', "[" * 100_000])
def test_answer_that_is_something_else_is_refused(model: type[CrmAnswer], body: Json, odd: str) -> None:
    assert read(model, answer(body)).left_out == ()

    with pytest.raises(ValidationError):
        read(model, odd.encode())


@pytest.mark.parametrize(("model", "rows"), [(CompanyAdmins, "admins"), (CompanyWebhooks, "endpoints")])
@pytest.mark.parametrize("value", [None, ..., *OTHER_TYPES[:3], {"x": "y"}, ""], ids=ascii)
def test_answer_without_its_list_is_refused(model: type[CrmAnswer], rows: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        read(model, answer(changed({}, rows, value)))


def test_null_where_there_is_a_default_is_not_worth_a_sentence() -> None:
    nothing = dict.fromkeys(("name", "email", "phone", "locale"))

    found = read_appointment(customer=nothing, companyName=None, service=None, staff=None, endTime=None, timeZone=None)

    assert found.left_out == ()
    assert found.customer == AppointmentCustomer()
    assert found.time_zone == "UTC"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("+49 170 1234567", "+491701234567"),
        ("0049 170/1234567", "+491701234567"),
        ("+49 (0)170 - 12 34.567", "+491701234567"),
        ("\u202a+1\u00a0(415)\u00a0555\u20110123\u202c", "+14155550123"),
        ("(415) 555-0123", None),
        ("0170/1234567", None),
        ("+49 170 1234567, +49 171 7654321", None),
        ("+1 415 555 0123 ext. 7", None),
        ("+0 170 1234567", None),
        ("+49", None),
        ("+\uff14\uff19\uff11\uff17\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17", None),
        ("", None),
        (4915112345678, None),
    ],
)
def test_phone_number_is_read_without_its_separators(written: object, read_as: str | None) -> None:
    found = read_customer(phone=written)

    assert found.customer.phone == read_as
    assert found.customer.email == "ada@example.com"
    assert [sentence.partition(":")[0] for sentence in found.unreadable_contacts(Channel)] == (
        [] if read_as else ["customer.phone"]
    )


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (" ada@example.com\r\n", "ada@example.com"),
        ("\ufeffada@example.com", "ada@example.com"),
        ("\u202aada@example.com\u202c\u200b", "ada@example.com"),
        ("ada\u200b@example.com", None),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("ada@MÜLLER.Example", "ada@xn--mller-kva.Example"),
        ("ada@日本。example", "ada@xn--wgv71a.example"),
        ("ada@fuß.example", None),
        ("änne@example.com", None),
        ("ada@ä..example", None),
        ("Ada <ada@example.com>", None),
        ("ada@localhost", None),
        ("ada@example.com, joan@example.com", None),
    ],
)
def test_email_address_is_read_with_its_domain_in_ascii(written: str, read_as: str | None) -> None:
    found = read_customer(email=written)

    assert (found.customer.email or "").lower() == (read_as or "").lower()
    assert found.customer.phone == "+14155550123"
    assert len(found.unreadable_contacts(Channel)) == (0 if read_as else 1)


def test_an_address_as_long_as_an_answer_costs_no_time() -> None:
    before = process_time()

    found = read_customer(email="a@" + "ü" * 500_000)

    assert process_time() - before < 1
    assert (found.customer.email, len(found.unreadable_contacts(Channel))) == (None, 1)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("en_US", "en-US"),
        ("de_DE.UTF-8@euro", "de-DE"),
        ("zh-hans-cn", "zh-hans-cn"),
        ("C", "en"),
        ("", "en"),
        ("english (british)", "en"),
        (None, "en"),
        (["de"], "en"),
    ],
)
def test_odd_locale_falls_to_the_default(written: object, read_as: str) -> None:
    assert read_customer(locale=written).customer.locale == read_as


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-15T14:00:00Z",
        "2026-04-15t14:00:00z",
        "2026-04-15 14:00Z",
        " 2026-04-15T16:00:00+0200",
        "\u200e2026-04-15T14:00:00Z\u200b",
        "2026-04-15 16:00:00 +02",
        "2026-04-15T14:00:00.000000000000Z",
        "2026-04-15T14:00:00,0Z",
    ],
)
def test_time_is_read_in_any_form_with_an_offset(written: str) -> None:
    assert read_appointment(startTime=written).start_time == datetime(2026, 4, 15, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2026-04-15T14:00:00", "1776261600", 1776261600, "3000-01-01T00:00:00Z", "2026-02-30T10:00:00Z", "now"]
)
def test_start_that_is_no_moment_is_refused_and_not_guessed(written: object) -> None:
    with pytest.raises(ValidationError):
        read_appointment(startTime=written)


@pytest.mark.parametrize("status", ["paid", "PAID", " Paid\n"])
def test_paid_is_read_in_any_letters(status: str) -> None:
    assert read(PaymentState, json.dumps({"status": status}).encode()).is_paid


BLANKS = [chr(code) for code in range(0x11_0000) if chr(code).isspace()]


@pytest.mark.parametrize("around", ["".join(BLANKS), "\ufeff", "\u200b", "\u202a", "\r\n\u200b "], ids=ascii)
def test_what_is_copied_along_with_a_text_is_taken_off(around: str) -> None:
    endpoint = {name: f"{around}{value}{around}" for name, value in {"id": "we_1", "url": "https://a.example/"}.items()}
    appointment = read_appointment(timeZone=f"{around}Europe/Berlin{around}", status=f"{around}Cancelled{around}")

    (row,) = read(CompanyWebhooks, json.dumps({"endpoints": [endpoint | {"secrets": [SECRET]}]}).encode()).endpoints

    assert (row.id, row.url) == ("we_1", "https://a.example/")
    assert (appointment.time_zone, appointment.is_cancelled) == ("Europe/Berlin", True)


@pytest.mark.parametrize("status", ["cancelled", "Cancelled", " CANCELED "])
def test_cancelled_is_read_in_either_spelling(status: str) -> None:
    assert read_appointment(status=status).is_cancelled


def test_ids_are_compared_in_lower_case() -> None:
    written = appointment()

    found = read_appointment(id=written["id"].upper(), companyId=f" {written['companyId'].upper()} ")

    assert (found.id, found.company_id) == (written["id"], written["companyId"])


def test_name_that_is_too_long_is_cut() -> None:
    found = read_appointment(companyName=" " + "x" * 300)

    assert (found.company_name, found.left_out) == ("x" * 200, ())


def test_half_a_surrogate_pair_costs_its_character_alone() -> None:
    found = read(CompanyAdmins, answer(ADMINS).replace(b"Admin 0", b"\\ud83d Ada"))

    assert [admin.name for admin in found.admins] == ["? Ada", "Admin 1", "Admin 2"]


def test_byte_order_mark_costs_nothing() -> None:
    assert read(CompanyWebhooks, b"\xef\xbb\xbf" + answer(ENDPOINTS)) == read(CompanyWebhooks, answer(ENDPOINTS))


def test_what_nobody_reads_is_never_a_reason() -> None:
    deep = json.loads("[" * 150 + "]" * 150)
    unread = {"deep": deep, "admins2": None, "": 1e308}

    found = read(CompanyAdmins, answer({**ADMINS, **unread, "companyName": 7}))

    assert len(found.admins) == 3
    assert found.left_out == ("companyName: must be a string, found a number",)


@pytest.mark.parametrize("depth", [3, 150, 400])
def test_deep_value_costs_its_field_alone(depth: int) -> None:
    body = answer(appointment(service="DEEP")).replace(b'"DEEP"', b"[" * depth + b"]" * depth)

    found = read(Appointment, body)

    assert found.left_out == ("service: must be a string, found an array of 1",)


ROW = {"id": "a", "email": "ada@example.com"}


@pytest.mark.parametrize(
    "again",
    [ROW, ROW | {"email": "ada@other.example"}, ROW | {"id": "b"}, {"email": "ADA@Example.com"}, ROW | {"id": " a "}],
    ids=["the same", "one id", "one address", "an address without an id", "an id with blanks"],
)
def test_admin_who_is_listed_twice_counts_once(again: Json) -> None:
    other = {"id": "c", "email": "joan@example.com"}

    found = read(CompanyAdmins, answer({"admins": [ROW, again, other]}))

    assert [admin.email for admin in found.admins] == ["ada@example.com", "joan@example.com"]
    assert found.left_out == ("admins[1]: repeats another row",)
    assert found.rows_left_out == 0


def test_second_row_of_an_admin_serves_where_the_first_is_unreadable() -> None:
    found = read(CompanyAdmins, answer({"admins": [ROW | {"email": "n/a"}, ROW]}))

    assert [admin.email for admin in found.admins] == ["ada@example.com"]


@pytest.mark.parametrize("odd", [{"url": None}, {"url": 7}, {"secrets": None}, {"secrets": [None]}])
@pytest.mark.parametrize("first", [True, False])
def test_usable_row_of_an_endpoint_that_is_listed_twice_counts(odd: Json, *, first: bool) -> None:
    usable = {"id": "we_1", "url": "https://hooks.test/", "secrets": [SECRET]}
    rows = [usable | odd, usable] if first else [usable, usable | odd]

    found = read(CompanyWebhooks, answer({"endpoints": rows}))

    assert [(each.url, each.secrets) for each in found.endpoints] == [("https://hooks.test/", (SECRET,))]
    assert f"endpoints[{0 if first else 1}]: repeats another row" in found.left_out


def test_only_the_unreadable_secret_of_an_endpoint_is_left_out() -> None:
    (endpoint,) = read(CompanyWebhooks, answer(company_webhooks("we_1", secrets=[None, SECRET, 7]))).endpoints

    assert endpoint.secrets == (SECRET,)


def test_sentences_about_many_rows_are_counted_from_the_twentieth() -> None:
    found = read(CompanyAdmins, answer({"admins": [{"email": "x"}] * 100}))

    assert found.admins == ()
    assert found.rows_left_out == 100
    assert len(found.left_out) == 21
    assert found.left_out[-1] == "and 80 more"


def test_time_to_leave_rows_out_grows_with_their_number_alone() -> None:
    rows = [ROW, *([{"email": "x"}] * 20_000), {"email": "b@c.de"}, ROW]

    found = read(CompanyAdmins, answer({"admins": rows}))

    assert [admin.email for admin in found.admins] == ["ada@example.com", "b@c.de"]
    assert found.rows_left_out == 20_000


def test_answer_with_more_problems_than_are_read_is_refused() -> None:
    """An answer of a mebibyte may have half a million, for which no function has the time."""
    with pytest.raises(ValidationError):
        read(CompanyAdmins, answer({"admins": [ROW, *([0] * 50_001)]}))


def test_sentences_name_places_of_the_answer_as_it_came() -> None:
    rows = [None, ADMINS["admins"][0], {"email": "x"}, ADMINS["admins"][0], ADMINS["admins"][1] | {"timeZone": 7}]

    found = read(CompanyAdmins, answer({"admins": rows}))

    assert [sentence.partition(":")[0] for sentence in found.left_out] == [
        "admins[0]",
        "admins[2].email",
        "admins[4].timeZone",
        "admins[3]",
    ]


def test_sentences_show_no_value() -> None:
    odd = {
        "id": "secret-1 ",
        "email": "secret-2",
        "name": ["secret-3"],
        "locale": "secret-4!",
        "timeZone": "ä secret-5",
    }

    found = read(CompanyAdmins, answer({"companyName": {"secret-6": 1}, "admins": [odd, odd | {"email": "a@b.de"}]}))

    assert found.left_out
    assert "secret" not in " ".join(found.left_out)
