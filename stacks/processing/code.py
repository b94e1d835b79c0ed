"""A function's own code: its folder, and nothing of the others'."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.errors import CannotSynthesizeError


def handler_code(root: Path, folder: str) -> lambda_.Code:
    """The asset of one function, its paths as at home, so that `lambdas.<folder>.handler` imports alike.

    Byte code stays out: running the tests would change the asset.

    Raises:
        CannotSynthesizeError: the folder has no handler.
    """
    handler = f"lambdas/{folder}/handler.py"
    if not (root / handler).is_file():
        raise CannotSynthesizeError(f"{handler} is missing: a function of its folder's name is deployed")
    return lambda_.Code.from_asset(
        str(root),
        ignore_mode=cdk.IgnoreMode.GIT,
        exclude=["/*", "!/lambdas", "/lambdas/*", f"!/lambdas/{folder}", "__pycache__", "*.pyc"],
    )
