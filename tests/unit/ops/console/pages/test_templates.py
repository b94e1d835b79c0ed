"""Every template is used by a page, and an undefined name in one raises."""

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
    """Records which templates are loaded."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader
        self.loaded: set[str] = set()

    def get_source(self, environment: Environment, template: str) -> object:  # type: ignore[override]  # the type of the wrapped loader
        self.loaded.add(template)
        return self._loader.get_source(environment, template)


def test_every_template_is_used() -> None:
    console = Console()
    environment = console.client.application.jinja_env
    loader = environment.loader = Recording(environment.loader)
    dead_letter_page = console.add_dead_letter()
    line = {"outcome": "succeeded", "id": "task-1"}
    console.stage.log(SERVICE, NOON, **line)
    redrive, discard = console.redrive(), console.discard()
    discard.state = JobState.UNCONFIRMED

    for path in (
        "/",
        "/dead-letters",
        dead_letter_page,
        "/redrive",
        "/discard",
        "/pauses",
        "/journey",
        "/journey/graph?id=task-1",
        "/nowhere",
    ):
        assert console.get(path).status == (404 if path == "/nowhere" else 200)
    for job in (redrive, discard):
        assert console.page_of(job).status == 200

    assert loader.loaded == {str(template.relative_to(FOLDER)) for template in FOLDER.rglob("*.html")}


def test_undefined_name_in_a_template_raises() -> None:
    environment = Console().client.application.jinja_env

    with pytest.raises(UndefinedError):
        environment.from_string("{{ unknown }}").render()
