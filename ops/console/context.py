"""State shared by all console pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from ops.console.access import AccessControl
from ops.console.jobs.job import JobRegistry
from ops.console.snapshot import StageCache
from ops.stage.deployed import DeployedStage

_EXTENSION = "console"


@dataclass(frozen=True, kw_only=True)
class ConsoleContext:
    """State of one run of the console."""

    stage: DeployedStage
    operator: str
    """ARN of the principal whose credentials the console uses."""

    region: str
    access: AccessControl
    cache: StageCache
    jobs: JobRegistry = field(default_factory=JobRegistry)
    page_requested: Callable[..., None]
    """Called for each requested page, to keep the stage polled; with `at_once=True`, the page waits for a new poll."""

    now: Callable[[], datetime]


def bind(context: ConsoleContext, site: Flask) -> None:
    """Attach the context to an application, for its pages."""
    site.extensions[_EXTENSION] = context


def current_context() -> ConsoleContext:
    """Context of the application that handles the current request."""
    return cast("ConsoleContext", current_app.extensions[_EXTENSION])
