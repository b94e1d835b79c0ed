"""A stage's templates, as `cdk synth` makes them here and now."""

import os
import subprocess
from pathlib import Path

from ops.checkout import NODE_BIN, ROOT, VENV_BIN
from ops.terminal.errors import OperatorError

_TOLD = 20
"""Lines of what went wrong."""


def synthesized(stage: str) -> Path:
    """Synthesize a stage; gives the folder with its templates.

    Raises:
        OperatorError: it cannot be; the text is what `cdk` said.
    """
    folder = ROOT / "build" / "cdk.out" / stage
    cdk = NODE_BIN / "cdk"
    if not cdk.exists():
        raise OperatorError("the AWS CDK command line is not installed: run `make setup`")
    command = [str(cdk), "synth", "--quiet", "--context", f"stage={stage}", "--output", str(folder)]
    path = os.pathsep.join([str(VENV_BIN), str(NODE_BIN), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    run = subprocess.run(  # noqa: S603 our own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode:
        said = "\n".join((run.stderr or run.stdout).strip().splitlines()[-_TOLD:])
        raise OperatorError(f"stage {stage} cannot be synthesized:\n{said}")
    return folder
