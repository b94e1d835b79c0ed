"""The three validators of a message: pydantic in this process, JSON Schema and Zod in one Node process."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.contracts.export import ROOT
from schemas.catalogue import ALL_BY_NAME
from schemas.decoding import decode_strictly
from schemas.identity import derived_id
from schemas.problems import Refusal

NODE = ROOT / ".venv" / "bin" / "node"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Validation:
    """The three results for one message, with sentences for each refusal."""

    pydantic: bool
    zod: bool
    bundle: bool
    file: bool | None
    """None where the message names no known type and version."""

    pydantic_problems: tuple[str, ...]
    zod_problems: tuple[str, ...]
    file_problems: tuple[str, ...]
    python_id: str | None
    typescript_id: str | None

    @property
    def agree(self) -> bool:
        """Whether all results and derived ids are equal."""
        file = self.file is True  # a type or version without a schema counts as refused
        return self.pydantic == self.zod == self.bundle == file and self.python_id == self.typescript_id


@dataclass(frozen=True)
class Validators:
    """The three validators."""

    node: "subprocess.Popen[bytes]"
    counted: Counter[bool | None] = field(default_factory=Counter)
    """Number of messages by result: True valid for all, False invalid for all, None disagreement."""

    def validate(self, message: object, *, ascii_alone: bool = False) -> Validation:
        """Validate a message as its JSON text."""
        text = json.dumps(message, ensure_ascii=ascii_alone)
        decoded = decode_strictly(text, catalogue=ALL_BY_NAME)
        answer = self._ask(text)
        valid = not isinstance(decoded, Refusal)
        sentences = tuple(problem.sentence() for problem in decoded.problems) if isinstance(decoded, Refusal) else ()
        validation = Validation(
            pydantic=valid,
            zod=answer["zod"],
            bundle=answer["bundle"],
            file=answer["file"],
            pydantic_problems=sentences,
            zod_problems=tuple(answer["zodProblems"]),
            file_problems=tuple(answer["fileProblems"]),
            python_id=_derived(json.loads(text)) if valid else None,
            typescript_id=answer["derivedId"],
        )
        self.counted[validation.pydantic if validation.agree else None] += 1
        return validation

    def _ask(self, text: str) -> dict[str, Any]:
        assert self.node.stdin
        assert self.node.stdout
        self.node.stdin.write(json.dumps(text).encode() + b"\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        assert line, "Node has ended: see its output above"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running_validators() -> Iterator[Validators]:
    """Run the Node process for the validators."""
    with subprocess.Popen([NODE, HERE / "agreement.ts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        yield Validators(node)
        node.communicate(timeout=30)
        assert node.returncode == 0


def _derived(message: dict[str, Any]) -> str:
    return derived_id(message["type"], message["payload"], message["timestamp"])
