"""A function's asset and its code's version depend on its folder and its layers, and on no byte code of test runs."""

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from stacks.errors import CannotSynthesizeError
from stacks.processing.code_version import code_version
from stacks.processing.function import handler_code
from tests.infrastructure.deployment import Deployment, variables


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


def version(root: Path, layer: Path, folder: Path) -> str:
    """Return the version of the function `email_send` with a layer of these contents."""
    stack = cdk.Stack(cdk.App(outdir=str(folder), analytics_reporting=False), "Stack")
    layers = [lambda_.LayerVersion(stack, "Layer", code=lambda_.Code.from_asset(str(layer)))]
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="lambdas.email_send.handler.handler",
        code=handler_code(root, "email_send"),
        layers=layers,
    )
    return code_version(function, layers)


def test_the_version_changes_with_the_folder_or_a_layer_alone(root: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "common.py").touch()
    first = version(root, layer, tmp_path / "first")

    (root / "lambdas" / "sms_send" / "handler.py").write_text("another function's code")
    untouched = version(root, layer, tmp_path / "untouched")
    (root / "lambdas" / "email_send" / "handler.py").write_text("new code")
    new_code = version(root, layer, tmp_path / "new-code")
    (layer / "common.py").write_text("new shared code")
    new_layer = version(root, layer, tmp_path / "new-layer")

    assert untouched == first
    assert len({first, new_code, new_layer}) == 3


def test_every_function_knows_its_codes_version(deployment: Deployment) -> None:
    versions = [variables(each)["CODE_VERSION"] for each in deployment.resources("AWS::Lambda::Function")]

    assert all(re.fullmatch("[0-9a-f]{8}", each) for each in versions)
    assert len(set(versions)) == len(versions), "each function has a folder of its own"
