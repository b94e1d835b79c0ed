"""The history of released contracts, in `schemas/history/`, with golden messages that must stay readable for ever.

A version of a contract may be widened in place. Each released state is a revision, in a file that never changes:
`payment.failed.v1.r1.json`, `payment.failed.v1.r2.json`. A new revision must be compatible with all of them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.contracts.contract import contracts
from ops.contracts.releases.normal_form import Schema, normal_form, text
from ops.terminal.errors import OperatorError
from schemas.envelope import Envelope
from schemas.event_type import EventType

FOLDER = Path(__file__).parents[3] / "schemas" / "history"

ENVELOPE = "envelope"
"""Name of the envelope's contract. It has no versions: all messages share it."""

_FILE = re.compile(r"(?P<name>envelope|[a-z0-9_.]+\.v[1-9][0-9]*)\.r(?P<revision>[1-9][0-9]*)\.json")

Golden = Mapping[str, dict[str, Any]]
"""Golden messages by title."""


class HistoryError(OperatorError):
    """The history differs from what `release` writes."""


@dataclass(frozen=True)
class ReleaseHistory:
    """The folder of released contracts, by names such as `payment.failed.v2`."""

    folder: Path = FOLDER

    def revisions(self) -> dict[str, list[Schema]]:
        """Return the normal forms of all revisions, oldest first, by the contract's name.

        Raises:
            HistoryError: a file's name is not that of a revision, or a revision is missing between others.
        """
        found: dict[str, dict[int, Schema]] = defaultdict(dict)
        for file in sorted(set(self.folder.glob("*.json")) - {self._retired, self._widened}):
            named = _FILE.fullmatch(file.name)
            if named is None:
                raise HistoryError(f"{file}: is not named as in payment.failed.v2.r1.json; only `release` writes here")
            found[named["name"]][int(named["revision"])] = json.loads(file.read_text(encoding="utf-8"))
        for name, by_number in found.items():
            if missing := set(range(1, len(by_number) + 1)) - by_number.keys():
                raise HistoryError(f"{name}: revision r{min(missing)} is missing; released revisions are kept for ever")
        return {name: [by_number[number] for number in sorted(by_number)] for name, by_number in found.items()}

    def retired(self) -> Mapping[str, str]:
        """Return the types that were retired on purpose, with the reason for each."""
        file = self._retired
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def widened(self) -> Mapping[str, str]:
        """Return the patterns that were widened on purpose, each with the wider pattern that took its place.

        No program here compares patterns: a test generates texts of each old pattern, and the new one accepts them.
        """
        file = self._widened
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    @property
    def _retired(self) -> Path:
        return self.folder / "retired.json"

    @property
    def _widened(self) -> Path:
        return self.folder / "widened.json"

    def golden(self, name: str) -> Golden:
        """Return the golden messages of a contract; none where it has no file."""
        file = self.golden_file(name)
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def golden_file(self, name: str) -> Path:
        """Return the path of a contract's golden messages."""
        return self.folder / "golden" / f"{name}.json"


def current(catalogue: Iterable[EventType[Any]]) -> dict[str, Schema]:
    """Return the normal forms of all contracts in the code, by name.

    Raises:
        RecursiveContractError: a contract contains itself.
    """
    payloads = {
        each.name: normal_form(each.event_type.payload_of(each.version).model_json_schema(by_alias=True))
        for each in contracts(catalogue)
    }
    return {ENVELOPE: normal_form(Envelope.model_json_schema(by_alias=True)), **payloads}


def record(catalogue: Iterable[EventType[Any]], history: ReleaseHistory) -> list[Path]:
    """Write new revisions and return their files; existing files are never changed.

    A contract without golden messages gets its example as the first one.
    """
    known = history.revisions()
    files: dict[Path, str] = {}
    for name, schema in current(catalogue := tuple(catalogue)).items():
        revisions = known.get(name, [])
        if (content := text(schema)) not in map(text, revisions):
            files[history.folder / f"{name}.r{len(revisions) + 1}.json"] = content
    for contract in contracts(catalogue):
        file = history.golden_file(contract.name)
        if not file.exists():
            golden = {"the contract's example": contract.example}
            files[file] = json.dumps(golden, ensure_ascii=False, indent=2) + "\n"
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(content)
    return list(files)
