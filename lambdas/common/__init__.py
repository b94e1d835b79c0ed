"""The shared validation and retry layer: a batch of SQS records in, one outcome a record out."""

import sys
from types import ModuleType


def _look_for_no_plugins() -> None:
    """Answer for pydantic where it looks for plugins, when it builds its first model: functions have none.

    Its own switch for that, `PYDANTIC_DISABLE_PLUGINS`, is asked after `importlib.metadata` was imported, which with
    its fifty modules is a tenth of a cold start. Where pydantic no longer looks here, it finds no plugins by itself.
    """
    loader = ModuleType("pydantic.plugin._loader")
    loader.get_plugins = tuple  # type: ignore[attr-defined]  # the one name that is asked for
    sys.modules.setdefault(loader.__name__, loader)


_look_for_no_plugins()
