"""For which Python and processor the layers are built."""

import platform
import sys
from dataclasses import dataclass

from stacks.stage import Stage

RUNTIME_PYTHON = "3.13"
"""The functions' runtime: one for all."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the layers' code runs."""

    python: str
    """Minor version, as in `3.13`: byte code is valid for no other."""

    architecture: str
    """Of Lambda's two names, `arm64` or `x86_64`."""

    platform: str | None
    """As uv names it; None for this machine."""


LAMBDA = Target(python=RUNTIME_PYTHON, architecture="arm64", platform="aarch64-manylinux2014")
HOST = Target(
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    architecture="arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64",
    platform=None,
)
"""The emulator runs functions on the host's own Python, whatever runtime they name."""


def target_of(stage: Stage) -> Target:
    """What the stage's functions run on."""
    return HOST if stage.emulated else LAMBDA
