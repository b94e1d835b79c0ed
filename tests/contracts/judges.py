"""The three who judge a message: pydantic here, JSON Schema and Zod in one process of Node."""

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
class Verdicts:
    """What the three say of one message; sentences for each that refuses it."""

    pydantic: bool
    zod: bool
    bundle: bool
    file: bool | None
    """None where no type and version is named that there is."""

    pydantic_problems: tuple[str, ...]
    zod_problems: tuple[str, ...]
    file_problems: tuple[str, ...]
    python_id: str | None
    typescript_id: str | None

    @property
    def agree(self) -> bool:
        """Whether all say the same, and derive the same id."""
        file = self.file is True  # a type or version that there is no schema for is refused
        return self.pydantic == self.zod == self.bundle == file and self.python_id == self.typescript_id


@dataclass(frozen=True)
class Judges:
    """All three."""

    node: "subprocess.Popen[bytes]"
    counted: Counter[bool | None] = field(default_factory=Counter)
    """Messages that all call valid, that all call invalid, and the others."""

    def judge(self, message: object, *, ascii_alone: bool = False) -> Verdicts:
        """Judge a message as its JSON text."""
        text = json.dumps(message, ensure_ascii=ascii_alone)
        decoded = decode_strictly(text, catalogue=ALL_BY_NAME)
        said = self._ask(text)
        valid = not isinstance(decoded, Refusal)
        sentences = tuple(problem.sentence() for problem in decoded.problems) if isinstance(decoded, Refusal) else ()
        verdicts = Verdicts(
            pydantic=valid,
            zod=said["zod"],
            bundle=said["bundle"],
            file=said["file"],
            pydantic_problems=sentences,
            zod_problems=tuple(said["zodProblems"]),
            file_problems=tuple(said["fileProblems"]),
            python_id=_derived(json.loads(text)) if valid else None,
            typescript_id=said["derivedId"],
        )
        self.counted[verdicts.pydantic if verdicts.agree else None] += 1
        return verdicts

    def _ask(self, text: str) -> dict[str, Any]:
        assert self.node.stdin
        assert self.node.stdout
        self.node.stdin.write(json.dumps(text).encode() + b"\n")
        self.node.stdin.flush()
        answer = self.node.stdout.readline()
        assert answer, "Node is gone: what it said is above"
        said: dict[str, Any] = json.loads(answer)
        return said


@contextmanager
def judges() -> Iterator[Judges]:
    """Start Node, and end it."""
    with subprocess.Popen([NODE, HERE / "agreement.ts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        yield Judges(node)
        node.communicate(timeout=30)
        assert node.returncode == 0


def _derived(message: dict[str, Any]) -> str:
    return derived_id(message["type"], message["payload"], message["timestamp"])
