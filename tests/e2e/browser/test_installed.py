"""Which Chromium the cases run in."""

import pytest

from tests.e2e.browser.installed import NoChromiumError, chromium

PROGRAMS = {"google-chrome": "/opt/google-chrome", "/opt/own/chrome": "/opt/own/chrome"}


def test_it_is_the_first_of_the_usual_names_that_is_there() -> None:
    assert chromium({}, PROGRAMS.get) == "/opt/google-chrome"


def test_it_is_another_one_where_the_environment_names_it() -> None:
    assert chromium({"CHROMIUM": "/opt/own/chrome"}, PROGRAMS.get) == "/opt/own/chrome"


def test_where_the_environment_names_none_no_other_is_taken() -> None:
    with pytest.raises(NoChromiumError, match="CHROMIUM=/nowhere is no program"):
        chromium({"CHROMIUM": "/nowhere"}, PROGRAMS.get)


def test_where_there_is_none_it_is_said_what_to_install() -> None:
    with pytest.raises(NoChromiumError, match="apt-get install chromium"):
        chromium({}, lambda _: None)
