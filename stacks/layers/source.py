"""Where the stacks with functions get their layers' contents from."""

import os
import platform
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

from stacks.layers import byte_code, cache, common, dependencies, unused
from stacks.layers.cache import built, digest
from stacks.layers.common import build_common, common_sources
from stacks.layers.dependencies import build_dependencies
from stacks.layers.interpreter import interpreter
from stacks.layers.lock import dependencies_of, texts_of
from stacks.layers.target import Target


class LayerSource(Protocol):
    """Gives folders that become layers; tests of templates give an empty one."""

    @property
    def architecture(self) -> str:
        """The processor that they are for, by Lambda's name."""

    def dependencies(self) -> Path:
        """The folder of the packages that every function carries."""

    def texts(self) -> Path:
        """The folder of the packages that functions carry which write to people: templates, time zones."""

    def common(self) -> Path:
        """The folder of the shared layer and the contracts."""


class BuiltLayers:
    """Builds the layers of a checkout, each once for the same input."""

    def __init__(self, root: Path, target: Target, *, cache: Path) -> None:
        """Build from the checkout at `root` for `target` into `cache`."""
        self._root = root
        self._target = target
        self._cache = cache

    @property
    def architecture(self) -> str:
        """The target's."""
        return self._target.architecture

    def dependencies(self) -> Path:
        """The packages of the lock, but for `texts`.

        Raises:
            CannotSynthesizeError: see `build_dependencies`.
        """
        return self._packages("dependencies", dependencies_of(self._root))

    def texts(self) -> Path:
        """Those of the lock that functions which write to people carry besides.

        Raises:
            CannotSynthesizeError: see `build_dependencies`; or the lock has none of that name.
        """
        return self._packages("texts", texts_of(self._root))

    def common(self) -> Path:
        """The shared layer and the contracts.

        Raises:
            CannotSynthesizeError: there is no interpreter of the target's version, or a module does not compile.
        """
        sources = common_sources(self._root)
        build = partial(build_common, sources=sources, python=lambda: self._python)
        contents = (part for item in sources.items() for part in item)
        return self._built("common", digest([*contents, self._target.python, _recipe(common.__file__)]), build)

    def _packages(self, layer: str, requirements: Mapping[str, str]) -> Path:
        build = partial(build_dependencies, requirements=requirements, target=self._target, python=lambda: self._python)
        recipe = _recipe(dependencies.__file__, unused.__file__)
        name = digest([*requirements.values(), repr(self._target), platform.system(), recipe])
        return self._built(layer, name, build)

    def _built(self, layer: str, name: str, build: Callable[[Path], None]) -> Path:
        return built(self._cache / f"{layer}-{name}", build)

    @cached_property
    def _python(self) -> Path:
        return interpreter(self._target.python, environment=os.environ, home=Path.home())


def _recipe(*files: str | None) -> bytes:
    """The building code itself: where it changes, so does what it builds."""
    return b"".join(Path(file).read_bytes() for file in (*files, byte_code.__file__, cache.__file__) if file)
