"""The machine of a measurement, without which figures mean little."""

import os
import platform
from importlib.metadata import version
from typing import Any


def facts() -> dict[str, Any]:
    """The properties of this Python and this machine."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "machine": platform.machine(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "packages": {name: version(name) for name in ("aws-lambda-powertools", "boto3", "pydantic")},
    }
