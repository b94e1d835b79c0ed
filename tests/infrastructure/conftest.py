"""Fixtures with the templates of every stage, synthesized once a session with stub layers."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import STAGES, synthesize

Synthesized = Callable[[str], Deployment]


@pytest.fixture(scope="session")
def stage_deployment(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return cache(lambda stage: synthesize(tmp_path_factory.mktemp(stage), stage=stage))


@pytest.fixture(scope="session", params=STAGES)
def deployment(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


@pytest.fixture(scope="session")
def prod(stage_deployment: Synthesized) -> Deployment:
    return stage_deployment("prod")


@pytest.fixture(scope="session")
def local(stage_deployment: Synthesized) -> Deployment:
    return stage_deployment("local")
