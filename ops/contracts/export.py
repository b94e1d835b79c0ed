"""Write the published contracts and the documentation's tables."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.contracts.contract import contracts
from ops.contracts.formats.asyncapi import asyncapi
from ops.contracts.formats.events_page import events_md
from ops.contracts.formats.json_schema import bundle
from ops.contracts.formats.personal_data_page import personal_data_md
from ops.contracts.formats.typescript import events_ts, identity_ts
from ops.terminal.output import console
from schemas.catalogue import ALL_TYPES
from schemas.event_type import EventType

ROOT = Path(__file__).parents[2]
"""The repository's root."""

PUBLISHED = "schemas/published"
PERSONAL_DATA = "docs/personal-data.md"
_JSON_SCHEMA = f"{PUBLISHED}/json-schema"
"""The folder with one file per contract."""


def exported(catalogue: Iterable[EventType[Any]] = ALL_TYPES) -> dict[str, str]:
    """Return the files' contents by their paths in the repository; the same catalogue gives the same bytes."""
    catalogue = list(catalogue)
    published = list(contracts(catalogue))
    return {
        f"{PUBLISHED}/events.schema.json": _json(bundle(published)),
        f"{PUBLISHED}/events.ts": events_ts(published),
        f"{PUBLISHED}/identity.ts": identity_ts(),
        f"{PUBLISHED}/asyncapi.json": _json(asyncapi(published)),
        "docs/events.md": events_md(published),
        PERSONAL_DATA: personal_data_md(ROOT / PERSONAL_DATA, catalogue),
        **{f"{_JSON_SCHEMA}/{each.name}.json": _json(each.schema) for each in published},
    }


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """Return the paths of files that are outdated, missing, or of a contract that no longer exists."""
    gone = {path.relative_to(root).as_posix() for path in (root / _JSON_SCHEMA).glob("*")} - set(files)
    other = [
        path
        for path, text in files.items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]
    return sorted([*other, *gone])


def export(root: Path = ROOT) -> bool:
    """Write the files, delete those of contracts that no longer exist, and print the changes."""
    files = exported()
    changed = stale(root, files)
    for path in changed:
        file = root / path
        if path in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(files[path], encoding="utf-8")
        else:
            file.unlink()
        console.print(f"  {path}" if path in files else f"  {path} [dim](removed)[/]")
    console.print(
        f"[green]✓[/] {len(files)} files, {len(changed)} of them changed" if changed else "[green]✓[/] up to date"
    )
    return True


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
