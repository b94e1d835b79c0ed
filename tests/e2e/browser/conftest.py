"""The console of the deployed stage, and a browser before it."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from local.emulator.deployment import STAGE
from ops.console.context import ConsoleContext
from ops.console.server import serving
from ops.stage.deployed import deployed
from tests.e2e.browser.chromium import browsing
from tests.e2e.browser.deaths import Deaths
from tests.e2e.browser.tab import Tab, admitted
from tests.e2e.scene import Scene


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def desk(scene: Scene) -> Iterator[ConsoleContext]:
    with ExitStack() as meanwhile:
        with pytest.MonkeyPatch.context() as environment:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                environment.delenv(name)
            for name, value in scene.stage.endpoint.variables().items():
                environment.setenv(name, value)
            desk, _ = meanwhile.enter_context(serving(deployed(STAGE)))
        yield desk


@pytest.fixture(scope="package")
def deaths(scene: Scene, desk: ConsoleContext) -> Deaths:
    return Deaths(scene, desk)


@pytest.fixture(scope="package")
def job(deaths: Deaths) -> str:
    """The id of one that is dead, and that no case mends or deletes."""
    (job,) = deaths.of_activities(str(uuid4()))
    return job


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what is discarded is written to, below the folder that the console was started in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "discarded"


@pytest.fixture
def tab(browser: Browser, desk: ConsoleContext, request: pytest.FixtureRequest) -> Iterator[Tab]:
    with admitted(browser, desk.gate.address) as tab:
        yield tab
        if complaints := tab.complaints():
            pytest.fail("\n".join([*complaints, tab.keep(request.node.name)]), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a case that failed had on the screen is kept."""
    report = yield
    tab = item.funcargs.get("tab") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(tab, Tab):
        report.sections.append(("browser", tab.keep(item.name)))
    return report
