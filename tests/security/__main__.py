"""`python -m tests.security` updates the tables of `docs/security.md`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from ops.terminal.tables import written_anew
from tests.infrastructure.synthesis import STAGES, synthesize
from tests.security.page import PAGE, blocks

with TemporaryDirectory() as folder:
    deployments = {stage: synthesize(Path(folder) / stage, stage=stage) for stage in STAGES}
    PAGE.write_text(
        written_anew(PAGE.read_text(encoding="utf-8"), blocks(deployments), name=PAGE.name), encoding="utf-8"
    )
print(f"docs/{PAGE.name}: its tables are updated")  # noqa: T201 for the person who runs it
