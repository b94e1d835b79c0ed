"""The published files match the contracts, and other tools can read them."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import Field

from ops.contracts.contract import contracts
from ops.contracts.export import PUBLISHED, ROOT, export, exported, stale
from schemas.catalogue import ALL_TYPES
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind
from schemas.reasons import Reason
from schemas.wire import Payload, Uuid
from tests.contracts.validators import HERE, NODE


class PointsAwarded(Payload):
    """A customer earned points."""

    customer_id: Uuid
    """Who earned them."""

    points: Annotated[float, Field(ge=0.5, examples=[2.5])]
    urgent: bool


POINTS_AWARDED = EventType("loyalty.points_awarded", PointsAwarded, Kind.REACTION, emits={EMAIL_SEND})


def test_nothing_published_is_stale() -> None:
    assert stale(ROOT, exported()) == [], "the contracts have changed: run `taly-async contracts export`"


def test_export_adds_missing_rewrites_outdated_and_deletes_orphaned_files(tmp_path: Any) -> None:
    export(tmp_path)
    (tmp_path / "docs" / "events.md").write_text("by hand")
    (tmp_path / PUBLISHED / "asyncapi.json").unlink()
    (tmp_path / PUBLISHED / "json-schema" / "gone.v1.json").write_text("{}")

    assert stale(tmp_path, exported()) == [
        "docs/events.md",
        f"{PUBLISHED}/asyncapi.json",
        f"{PUBLISHED}/json-schema/gone.v1.json",
    ]
    export(tmp_path)
    assert stale(tmp_path, exported()) == []


def test_a_new_type_is_published_in_every_form() -> None:
    files = exported((*ALL_TYPES, POINTS_AWARDED))

    schema = json.loads(files[f"{PUBLISHED}/json-schema/loyalty.points_awarded.v1.json"])
    assert schema["properties"]["payload"]["properties"]["customerId"]["description"] == "Who earned them."
    assert "loyalty.points_awarded.v1" in files[f"{PUBLISHED}/events.schema.json"]
    assert "onLoyaltyPointsAwarded" in files[f"{PUBLISHED}/asyncapi.json"]
    assert "## loyalty.points_awarded\n\nA customer earned points." in files["docs/events.md"]
    typescript = files[f"{PUBLISHED}/events.ts"]
    assert (
        "    /** Who earned them. */\n    customerId: Uuid;\n    points: number;\n    urgent: boolean;\n" in typescript
    )
    assert "points: z.number().min(0.5),\n    urgent: z.boolean(),\n" in typescript


def test_a_constraint_without_typescript_form_is_refused() -> None:
    class Contract(Payload):
        step: Annotated[int, Field(multiple_of=5, examples=[5])]

    with pytest.raises(ValueError, match=r"multipleOf in .*: extend ops/contracts"):
        exported([EventType("thing.happened", Contract, Kind.REACTION)])


def test_the_typescript_has_no_any() -> None:
    assert not re.search(r"\bany\b[^a-z]*[;,>)]", exported()[f"{PUBLISHED}/events.ts"])


def test_typescript_is_compiled_strictly() -> None:
    compiler = ROOT / "node_modules" / ".bin" / "tsc"

    run = subprocess.run([NODE, compiler, "-p", HERE / "tsconfig.json"], capture_output=True, text=True, check=False)

    assert (run.stdout, run.returncode) == ("", 0)


def test_the_asyncapi_document_is_valid() -> None:
    document = exported()[f"{PUBLISHED}/asyncapi.json"]

    run = subprocess.run([NODE, HERE / "asyncapi.ts"], input=document, capture_output=True, text=True, check=True)

    assert json.loads(run.stdout) == []


@pytest.mark.parametrize("path", [path for path in exported() if path.endswith(".json")])
def test_each_reference_has_a_target(path: str) -> None:
    document = json.loads(exported()[path])

    for reference in references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_each_contract_has_a_description_and_an_example() -> None:
    for contract in contracts(ALL_TYPES):
        assert contract.schema["description"]
        assert contract.schema["examples"] == [contract.example]


def test_the_page_explains_every_reason() -> None:
    page = exported()["docs/events.md"]

    assert [reason for reason in Reason if f"| `{reason}` |" not in page] == []


def test_a_type_without_producer_is_a_follow_up_of_another() -> None:
    followed = {follow_up for event_type in ALL_TYPES for follow_up in event_type.emits | event_type.schedules}

    assert [event_type for event_type in ALL_TYPES if not event_type.sent_by and event_type not in followed] == []


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for keyword, value in node.items():
            if keyword == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)
