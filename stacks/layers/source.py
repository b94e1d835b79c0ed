"""Provides the contents of the Lambda layers."""

import os
import platform
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

from stacks.layers import byte_code, cache, common, dependencies, unused
from stacks.layers.cache import build_once, digest
from stacks.layers.common import build_common, common_sources
from stacks.layers.dependencies import build_dependencies
from stacks.layers.interpreter import interpreter
from stacks.layers.lock import base_requirements, texts_requirements
from stacks.layers.target import Target


class LayerSource(Protocol):
    """Provides a folder for each layer; tests of templates provide an empty one."""

    @property
    def architecture(self) -> str:
        """Lambda's name for the processor that the layers are built for."""

    def dependencies(self) -> Path:
        """Return the folder of the packages that every function carries."""

    def texts(self) -> Path:
        """Return the folder of the packages for functions with `Needs.TEXTS`, which write to people."""

    def common(self) -> Path:
        """Return the folder of the shared code and the contracts."""


class BuiltLayers:
    """Builds the layers of a checkout, each once for the same input."""

    def __init__(self, root: Path, target: Target, *, cache: Path) -> None:
        """Build from the checkout at `root` for `target` into the folder `cache`."""
        self._root = root
        self._target = target
        self._cache = cache

    @property
    def architecture(self) -> str:
        """Lambda's name for the processor of the target."""
        return self._target.architecture

    def dependencies(self) -> Path:
        """Build the layer of all locked packages that are not in the texts layer.

        Raises:
            CannotSynthesizeError: see `build_dependencies`.
        """
        return self._packages("dependencies", base_requirements(self._root))

    def texts(self) -> Path:
        """Build the layer of templates, formats, time zones and calendars, for functions with `Needs.TEXTS`.

        Raises:
            CannotSynthesizeError: see `build_dependencies`; or the lock lacks one of the packages.
        """
        return self._packages("texts", texts_requirements(self._root))

    def common(self) -> Path:
        """Build the layer of the shared code and the contracts.

        Raises:
            CannotSynthesizeError: there is no interpreter of the target's version, or a module does not compile.
        """
        sources = common_sources(self._root)
        build = partial(build_common, sources=sources, python=lambda: self._python)
        contents = (part for item in sources.items() for part in item)
        return self._build_once("common", digest([*contents, self._target.python, _build_code(common.__file__)]), build)

    def _packages(self, layer: str, requirements: Mapping[str, str]) -> Path:
        build = partial(build_dependencies, requirements=requirements, target=self._target, python=lambda: self._python)
        build_code = _build_code(dependencies.__file__, unused.__file__) + repr(unused.LANGUAGES).encode()
        name = digest([*requirements.values(), repr(self._target), platform.system(), build_code])
        return self._build_once(layer, name, build)

    def _build_once(self, layer: str, name: str, build: Callable[[Path], None]) -> Path:
        return build_once(self._cache / f"{layer}-{name}", build)

    @cached_property
    def _python(self) -> Path:
        return interpreter(self._target.python, environment=os.environ, home=Path.home())


def _build_code(*files: str | None) -> bytes:
    """Read the code that builds a layer: a change to it must build the layer again."""
    return b"".join(Path(file).read_bytes() for file in (*files, byte_code.__file__, cache.__file__) if file)
