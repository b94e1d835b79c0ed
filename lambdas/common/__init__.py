"""The shared validation and retry layer: takes a batch of SQS records and gives each record one outcome."""

import sys
from types import ModuleType


def _disable_pydantic_plugins() -> None:
    """Replace pydantic's plugin loader by one that finds none, to save a tenth of a cold start.

    Pydantic reads its switch `PYDANTIC_DISABLE_PLUGINS` only after it imported `importlib.metadata`, which is fifty
    modules. If a later pydantic no longer imports this loader, its own one runs, and finds no plugins.
    """
    loader = ModuleType("pydantic.plugin._loader")
    loader.get_plugins = tuple  # type: ignore[attr-defined]  # the only name that pydantic imports
    sys.modules.setdefault(loader.__name__, loader)


_disable_pydantic_plugins()
