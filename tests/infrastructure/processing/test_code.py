"""A function's asset contains its folder as in the checkout, without byte code of test runs."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from stacks.errors import CannotSynthesizeError
from stacks.processing.function import handler_code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    for name in (
        "README.md",
        "lambdas/common/batch.py",
        "lambdas/email_send/handler.py",
        "lambdas/email_send/templates/layout.text.j2",
        "lambdas/sms_send/handler.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def asset(root: Path, folder: Path) -> Path:
    """Synthesize an app with the function `email_send` and return its asset."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    lambda_.Function(
        cdk.Stack(app, "Stack"),
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="lambdas.email_send.handler.handler",
        code=handler_code(root, "email_send"),
    )
    app.synth()
    (found,) = folder.glob("asset.*")
    return found


def test_a_functions_asset_contains_only_its_folder(root: Path, tmp_path: Path) -> None:
    files = {
        path.relative_to(found).as_posix() for found in [asset(root, tmp_path / "out")] for path in found.rglob("*.*")
    }

    assert files == {"lambdas/email_send/handler.py", "lambdas/email_send/templates/layout.text.j2"}


def test_byte_code_of_a_test_run_changes_no_asset(root: Path, tmp_path: Path) -> None:
    before = asset(root, tmp_path / "before").name

    compiled = root / "lambdas" / "email_send" / "__pycache__" / "handler.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"byte code")

    assert asset(root, tmp_path / "after").name == before


def test_a_missing_handler_is_named(root: Path) -> None:
    with pytest.raises(CannotSynthesizeError, match=r"lambdas/report_ready/handler\.py is missing"):
        handler_code(root, "report_ready")
