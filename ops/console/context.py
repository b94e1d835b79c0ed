"""Everything that the console's pages have before them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import Flask, current_app

from ops.console.access import AccessControl
from ops.console.jobs.job import JobRegistry
from ops.console.selection import Selection
from ops.console.snapshot import StageCache
from ops.stage.deployed import DeployedStage

_NAME = "desk"


@dataclass(frozen=True, kw_only=True)
class ConsoleContext:
    """One run of the console."""

    stage: DeployedStage
    who: str
    """The ARN of whose credentials these are."""

    region: str
    gate: AccessControl
    board: StageCache
    works: JobRegistry = field(default_factory=JobRegistry)
    asked: Callable[..., None]
    """Told that somebody has a page open; `at_once=True`: they wait for a new look."""

    now: Callable[[], datetime]

    def selection(self, query: Mapping[str, Any]) -> Selection:
        """What an address or a form selects.

        Raises:
            OperatorError: nothing that there could be.
        """
        return Selection.of({name: str(text) for name, text in query.items()}, self.now())


def bind(desk: ConsoleContext, site: Flask) -> None:
    """Put it before the pages of a site."""
    site.extensions[_NAME] = desk


def current_context() -> ConsoleContext:
    """That of the site whose page is asked for."""
    return cast("ConsoleContext", current_app.extensions[_NAME])
