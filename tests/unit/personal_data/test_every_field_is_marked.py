"""No text is in a contract of which nobody said whether it is a person's."""

import importlib
import inspect
from enum import Enum
from typing import Annotated, Any

import pytest

from lambdas.common.redaction.text import UNREDACTED_FIELDS
from ops.contracts.export import ROOT
from ops.contracts.formats.personal_data_page import OTHER_MODELS, Field, fields_of
from schemas.bookings import BookingCreated
from schemas.catalogue import ALL_TYPES, CATALOGUE
from schemas.crm import Admin
from schemas.envelope import Envelope
from schemas.event_type import EventType
from schemas.wire import CompanyName, EmailAddress, Impersonal, Name, Personal, PhoneNumber, Secret, Uuid, WireModel
from tests.models import models_within


def models() -> list[type[WireModel]]:
    """All that the contracts say: every payload in every version, the envelope, the CRM's answers."""
    crm = importlib.import_module("schemas.crm")
    answers = [each for _, each in inspect.getmembers(crm, inspect.isclass) if each.__module__ == crm.__name__]
    versions = [each.payload_of(version) for each in ALL_TYPES for version in range(1, each.version + 1)]
    return [Envelope, *versions, *(each for each in answers if issubclass(each, WireModel))]


def forgotten(model: type[WireModel]) -> list[str]:
    return [field.path for field in fields_of(model) if field.mark is None and not field.may_go_unmarked]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_text_is_marked(model: type[WireModel]) -> None:
    assert forgotten(model) == [], (
        "say in the annotation what it is: Personal or Secret with what it is there for, Impersonal with the reason"
    )


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_mark_says_why(model: type[WireModel]) -> None:
    assert [field.path for field in fields_of(model) if field.mark == ""] == []


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_an_address_of_a_person_is_always_personal(model: type[WireModel]) -> None:
    assert [f.path for f in fields_of(model) if f.path.endswith(("email", "phone")) and not f.is_guarded] == []


def test_every_contract_file_is_looked_at() -> None:
    seen = {each.__module__.rpartition(".")[2] for model in models() for each in model.__mro__}
    with_models = {path.stem for path in (ROOT / "schemas").glob("*.py") if "(Payload)" in path.read_text()}

    assert with_models <= seen


def test_every_answer_of_the_crms_is_on_the_page() -> None:
    answers = {each for each in models() if each.__module__ == "schemas.crm" and each.model_fields}

    assert answers <= {found for model in OTHER_MODELS.values() for found in models_within(model)}


@pytest.mark.parametrize(
    "event_type", sorted({late for each in CATALOGUE for late in each.schedules}, key=str), ids=str
)
def test_what_is_scheduled_says_nothing_of_a_person(event_type: EventType[Any]) -> None:
    assert [field.path for field in fields_of(event_type.payload) if field.is_guarded] == []


class Forgetful(WireModel):
    name: Name
    mail: EmailAddress | None = None
    phones: tuple[PhoneNumber, ...] = ()
    anything: dict[str, object]
    within: Admin


def test_what_is_marked_by_nobody_is_found_wherever_it_stands() -> None:
    assert forgotten(Forgetful) == ["name", "mail", "phones[]", "anything"]


class Marked(WireModel):
    whose: CompanyName
    parent: Annotated[Uuid | None, Secret("opens the door")] = None
    boss: Annotated[Admin, Personal("signs")]


def test_a_fields_own_mark_counts_before_its_building_blocks() -> None:
    found = {field.path: field.mark for field in fields_of(Marked)}

    assert found["parent"] == Secret("opens the door")
    assert isinstance(found["whose"], Impersonal)
    assert (found["boss"], found["boss.email"]) == ("signs", "address of the email about a failed payment")


def test_what_error_texts_may_name_is_of_no_person() -> None:
    fields = [field for each in CATALOGUE for field in fields_of(each.payload) if "." not in field.path]
    words = {
        field.path for field in fields if isinstance(field.annotation, type) and issubclass(field.annotation, Enum)
    }

    assert words <= UNREDACTED_FIELDS <= {field.path for field in fields}
    assert not [field.path for field in fields if field.path in UNREDACTED_FIELDS and field.is_guarded]


def test_a_models_text_has_its_other_values() -> None:
    admin = Admin(id="admin-1", name="Grace Hopper", email="grace@example.com")

    assert repr(admin) == "Admin(id='admin-1', locale='en', time_zone='UTC', channels=None)"


def test_what_is_marked_is_marked_in_no_schema() -> None:
    assert "the confirmation goes there" not in str(BookingCreated.model_json_schema())


def test_a_field_that_goes_unmarked_is_a_number_a_time_or_a_word_of_a_list() -> None:
    may = {field.annotation for model in models() for field in fields_of(model) if field.may_go_unmarked}

    assert not [each for each in may if each in {str, dict, object}]
    assert not Field("x", str, None).may_go_unmarked
