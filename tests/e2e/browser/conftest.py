"""The console of the deployed stage, and a browser that uses it or shows mails."""

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
from tests.e2e.browser.failing_messages import FailingMessages
from tests.e2e.browser.tab import Tab, admitted
from tests.e2e.scene import Scene


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def console(scene: Scene) -> Iterator[ConsoleContext]:
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as environment:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                environment.delenv(name)
            for name, value in scene.stage.endpoint.variables().items():
                environment.setenv(name, value)
            console, _ = stack.enter_context(serving(deployed(STAGE)))
        yield console


@pytest.fixture(scope="package")
def failing(scene: Scene, console: ConsoleContext) -> FailingMessages:
    return FailingMessages(scene, console)


@pytest.fixture(scope="package")
def job(failing: FailingMessages) -> str:
    """Id of a dead-lettered job that no test redrives or deletes."""
    (job,) = failing.of_activities(str(uuid4()))
    return job


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of discarded dead letters, below the console's working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "discarded"


@pytest.fixture
def tab(browser: Browser, console: ConsoleContext, request: pytest.FixtureRequest) -> Iterator[Tab]:
    with admitted(browser, console.access.address) as tab:
        yield tab
        if violations := tab.violations():
            pytest.fail("\n".join([*violations, tab.save_evidence(request.node.name)]), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save a screenshot and a trace of a failed test."""
    report = yield
    tab = item.funcargs.get("tab") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(tab, Tab):
        report.sections.append(("browser", tab.save_evidence(item.name)))
    return report
