"""The Python version and processor that the layers are built for."""

import platform
import sys
from dataclasses import dataclass

from stacks.stage import Stage

RUNTIME_PYTHON = "3.13"
"""The Lambda runtime of all functions."""


@dataclass(frozen=True, slots=True)
class Target:
    """The platform that runs the layers' code."""

    python: str
    """Minor version, as in `3.13`; byte code is valid for that version only."""

    architecture: str
    """Lambda's name for the processor: `arm64` or `x86_64`."""

    platform: str | None
    """uv's name for the platform; None for the machine that builds."""


LAMBDA = Target(python=RUNTIME_PYTHON, architecture="arm64", platform="aarch64-manylinux2014")
HOST = Target(
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    architecture="arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64",
    platform=None,
)
"""The emulator runs functions on the host's Python, whatever runtime they declare."""


def target_for(stage: Stage) -> Target:
    """Return the platform that the stage's functions run on."""
    return HOST if stage.emulated else LAMBDA
