"""The licences of packages that run in AWS allow it, and the page lists them."""

import pytest
from cyclonedx.spdx import is_expression, is_supported_id
from packaging.utils import NormalizedName, canonicalize_name

from app import ROOT
from ops.terminal.tables import written_anew
from tests.supply_chain.licences import (
    READ,
    UnknownLicenceError,
    is_refused,
    licence_of,
    may_be_deployed,
    npm_licence,
    stated_by,
)
from tests.supply_chain.locks import LAYER, NPM, everything, npm_locked
from tests.supply_chain.page import PAGE, blocks


def all_licences() -> dict[str, str]:
    """The licence of each package of every lock."""
    python: dict[str, str] = {each.name: licence_of(each.name) for lock in everything().values() for each in lock}
    return {**python, **{f"npm {each.name}": npm_licence(each.licence) for each in npm_locked(ROOT / NPM)}}


def test_the_page_lists_what_is_locked() -> None:
    page = PAGE.read_text()

    assert written_anew(page, blocks(), name=PAGE.name) == page, "run `python -m tests.supply_chain page`"


def test_every_licence_that_is_deployed_is_allowed() -> None:
    found = {package.name: licence_of(package.name) for package in everything()[LAYER]}

    assert {name: licence for name, licence in found.items() if not may_be_deployed(licence)} == {}


def test_no_licence_of_a_tool_is_refused() -> None:
    assert {name: licence for name, licence in all_licences().items() if is_refused(licence)} == {}


def test_every_licence_is_known_to_spdx() -> None:
    found = set(all_licences().values())

    assert [each for each in sorted(found) if not (is_supported_id(each) or is_expression(each))] == []


@pytest.mark.parametrize("name", READ)
def test_a_licence_was_read_only_where_no_metadata_name_it(name: str) -> None:
    locked = {each.name for packages in everything().values() for each in packages}

    assert name in locked
    assert stated_by(canonicalize_name(name)) is None


@pytest.mark.parametrize(
    ("licence", "deployed", "refused"),
    [
        ("MIT", True, False),
        ("MIT AND PSF-2.0", True, False),
        ("GPL-3.0-only OR MIT", True, False),
        ("MIT AND LGPL-3.0-only", False, False),
        ("MPL-2.0", False, False),
        ("AGPL-3.0-or-later", False, True),
        ("MIT AND GPL-2.0-only", False, True),
        ("AGPL-3.0-only OR SSPL-1.0", False, True),
        ("(MIT OR Apache-2.0) AND PSF-2.0", True, False),
        ("(MIT OR AGPL-3.0-only) AND MIT", False, True),
    ],
)
def test_an_expression_is_judged_by_its_best_alternative(licence: str, deployed: bool, refused: bool) -> None:
    assert (may_be_deployed(licence), is_refused(licence)) == (deployed, refused)


def test_a_package_without_a_licence_is_refused() -> None:
    with pytest.raises(UnknownLicenceError, match="left-pad names no licence that is known here"):
        licence_of(NormalizedName("left-pad"))
