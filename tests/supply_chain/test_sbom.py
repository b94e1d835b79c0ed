"""The bills of materials are valid CycloneDX 1.6, equal to the locks, and reproducible."""

import json
import re
import subprocess
import sys
from importlib.metadata import requires
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app import ROOT
from tests.supply_chain.licences import licence_of
from tests.supply_chain.locks import LAYER, NPM, asked_in, everything, npm_locked
from tests.supply_chain.sbom import FOLDER, bills

NAMES = ("layers.cdx.json", "development.cdx.json")


@pytest.fixture(scope="module")
def bills_by_name() -> dict[str, str]:
    return bills()


def components(bill: str) -> dict[str, dict[str, Any]]:
    return {component["purl"]: component for component in json.loads(bill)["components"]}


def dependencies(bill: str) -> dict[str, list[str]]:
    return {entry["ref"]: entry.get("dependsOn", []) for entry in json.loads(bill)["dependencies"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_bill_is_valid_by_the_schema(bills_by_name: dict[str, str], name: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bills_by_name[name]) is None


def test_an_invalid_bill_is_refused(bills_by_name: dict[str, str]) -> None:
    without_names = bills_by_name["layers.cdx.json"].replace('"name"', '"called"')

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(without_names) is not None


def test_make_sbom_writes_the_same_bytes_in_another_process(bills_by_name: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.supply_chain", "sbom"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert run.stdout == "".join(f"sbom: build/sbom/{name}\n" for name in NAMES)
    assert {name: (FOLDER / name).read_text() for name in NAMES} == bills_by_name


@pytest.mark.parametrize("name", NAMES)
def test_a_bill_names_no_time_and_no_machine(bills_by_name: dict[str, str], name: str) -> None:
    assert re.findall(r"\d{4}-\d\d-\d\dT|timestamp|file:|" + re.escape(str(ROOT)), bills_by_name[name]) == []


def test_another_content_has_another_serial_number(bills_by_name: dict[str, str]) -> None:
    numbers = {json.loads(bill)["serialNumber"] for bill in bills_by_name.values()}

    assert len(numbers) == len(NAMES)


def test_the_layers_bill_is_their_lock(bills_by_name: dict[str, str]) -> None:
    found = components(bills_by_name["layers.cdx.json"])

    assert {
        purl: ([entry["content"] for entry in component["hashes"]], component["licenses"])
        for purl, component in found.items()
    } == {
        f"pkg:pypi/{each.name}@{each.version}": (sorted(each.hashes), license_entry(licence_of(each.name)))
        for each in everything()[LAYER]
    }


def license_entry(licence: str) -> list[dict[str, Any]]:
    return [{"expression": licence}] if " " in licence else [{"license": {"id": licence}}]


def test_the_layers_bill_names_the_layer_of_each_package(bills_by_name: dict[str, str]) -> None:
    layers = {c["name"]: c["properties"] for c in components(bills_by_name["layers.cdx.json"]).values()}

    assert layers["jinja2"] == [{"name": "queue-processor:layer", "value": "texts"}]
    assert layers["pydantic"] == [{"name": "queue-processor:layer", "value": "dependencies"}]


def test_the_layers_bill_has_the_packages_dependencies(bills_by_name: dict[str, str]) -> None:
    found = {
        name_in(purl): {name_in(need) for need in needs}
        for purl, needs in dependencies(bills_by_name["layers.cdx.json"]).items()
    }

    assert found.pop("queue-processor") == asked_in(ROOT / "requirements-layer.in")
    assert found == {name: declared(name) for name in found}


def name_in(purl: str) -> str:
    return purl.partition("@")[0].removeprefix("pkg:pypi/")


def declared(package: str) -> set[str]:
    """A package's dependencies by its metadata, without extras."""
    needs = [Requirement(each) for each in requires(package) or []]
    return {
        canonicalize_name(need.name) for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})
    }


def test_the_development_bill_has_every_package_of_every_lock(bills_by_name: dict[str, str]) -> None:
    found = components(bills_by_name["development.cdx.json"])
    python = {f"pkg:pypi/{each.name}@{each.version}" for lock in everything().values() for each in lock}
    npm = {f"pkg:npm/{each.name.replace('@', '%40')}@{each.version}" for each in npm_locked(ROOT / NPM)}

    assert set(found) == python | npm
    assert [purl for purl, component in found.items() if not (component["hashes"] and component["licenses"])] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_component_of_a_bill_is_a_dependency(bills_by_name: dict[str, str], name: str) -> None:
    found = dependencies(bills_by_name[name])

    assert set(found) == {"queue-processor", *components(bills_by_name[name])}
    assert {need for needs in found.values() for need in needs} == set(components(bills_by_name[name]))
