"""What was measured on: figures without it say little."""

import os
import platform
from importlib.metadata import version
from typing import Any


def facts() -> dict[str, Any]:
    """Of the Python that runs this, and of the machine."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "machine": platform.machine(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "packages": {name: version(name) for name in ("aws-lambda-powertools", "boto3", "pydantic")},
    }
