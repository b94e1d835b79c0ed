"""Names of stages: which one may have, and those that this checkout's cdk.json has."""

import json
import re
from difflib import get_close_matches

from ops.terminal.checkout import ROOT
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.names import STAGE_NAME


def configured() -> tuple[str, ...]:
    """Return the stages of this checkout's cdk.json. Others may be deployed from elsewhere."""
    try:
        stages = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]["stages"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(name for name in stages if re.fullmatch(STAGE_NAME, name)) if isinstance(stages, dict) else ()


def require_stage_name(name: str) -> None:
    """Require a name that a stage can have.

    Raises:
        OperatorError: no stage can have it.
    """
    if not re.fullmatch(STAGE_NAME, name):
        raise OperatorError(
            f"no stage can be named {printable(name)!r}: a stage's name has 2 to 16 lower-case letters and digits, and "
            f"begins with a letter.{suggestion(name)}"
        )


def suggestion(name: str) -> str:
    """Return ` Did you mean prod?` for the nearest stage of cdk.json; nothing if the name is there, or none is near."""
    stages = configured()
    nearest = [] if name in stages else get_close_matches(name.lower(), stages, n=1)
    return f" Did you mean {nearest[0]}?" if nearest else ""
