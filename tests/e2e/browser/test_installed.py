"""Choice of the Chromium that runs the tests."""

import pytest

from tests.e2e.browser.installed import NoChromiumError, chromium

PROGRAMS = {"google-chrome": "/opt/google-chrome", "/opt/own/chrome": "/opt/own/chrome"}


def test_first_usual_name_on_the_path_is_chosen() -> None:
    assert chromium({}, PROGRAMS.get) == "/opt/google-chrome"


def test_environment_variable_chooses_another_chromium() -> None:
    assert chromium({"CHROMIUM": "/opt/own/chrome"}, PROGRAMS.get) == "/opt/own/chrome"


def test_wrong_environment_variable_is_an_error() -> None:
    with pytest.raises(NoChromiumError, match="CHROMIUM=/nowhere is no program"):
        chromium({"CHROMIUM": "/nowhere"}, PROGRAMS.get)


def test_missing_chromium_error_says_what_to_install() -> None:
    with pytest.raises(NoChromiumError, match="apt-get install chromium"):
        chromium({}, lambda _: None)
