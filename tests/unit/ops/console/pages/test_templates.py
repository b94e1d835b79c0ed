"""Every template is part of a page: what no page shows is not there, and none has a name that is not known."""

from pathlib import Path

import pytest
from jinja2 import BaseLoader, Environment
from jinja2.exceptions import UndefinedError

from ops import console
from ops.console.jobs.job import JobState
from tests.fakes.service import NOON
from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import Console

FOLDER = Path(console.__file__).parent / "templates"


class Recording(BaseLoader):
    """Remembers what is loaded."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader
        self.loaded: set[str] = set()

    def get_source(self, environment: Environment, template: str) -> object:  # type: ignore[override]  # whatever that one gives
        self.loaded.add(template)
        return self._loader.get_source(environment, template)


def test_no_template_is_left_over() -> None:
    console = Console()
    environment = console.client.application.jinja_env
    loader = environment.loader = Recording(environment.loader)
    letter = console.letter()
    line = {"message": "succeeded", "outcome": "succeeded", "id": "task-1"}
    console.stage.log(SERVICE, NOON, **line)
    redrive, discard = console.redrive(), console.discard()
    discard.state = JobState.ASKING

    for path in ("/", "/letters", letter, "/redrive", "/discard", "/journey", "/journey/graph?id=task-1", "/nowhere"):
        assert console.get(path).status == (404 if path == "/nowhere" else 200)
    for work in (redrive, discard):
        assert console.page_of(work).status == 200

    assert loader.loaded == {template.name for template in FOLDER.iterdir()}


def test_a_name_that_is_not_known_is_a_defect_and_no_gap() -> None:
    environment = Console().client.application.jinja_env

    with pytest.raises(UndefinedError):
        environment.from_string("{{ unknown }}").render()
