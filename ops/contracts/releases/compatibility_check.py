"""The compatibility gate: no contract that was released may come to refuse or misread a message that it took."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.contracts.releases.compatibility import breaches
from ops.contracts.releases.history import ENVELOPE, ReleaseHistory, current
from ops.contracts.releases.normal_form import Schema, text
from ops.contracts.releases.rules import Breach, Rule
from schemas.event_type import EventType


@dataclass(frozen=True, slots=True)
class Broken:
    """A contract breaks a rule against one that was released."""

    name: str
    """The contract's, as in `payment.failed.v2`."""

    revision: str
    """The released one, as in `r1`."""

    breach: Breach

    @property
    def sentence(self) -> str:
        """What is broken, where, what was and what is, and the ways out."""
        broken = self.breach
        where = f", {broken.path}" if broken.path else ""
        return (
            f"{told(self.name)}{where}: {broken.rule.value}\n"
            f"  rule     {broken.rule.sentence}\n"
            f"  was      {broken.was} (released as schemas/history/{self.name}.{self.revision}.json)\n"
            f"  is       {broken.now}\n"
            f"  way out  {_NEW_VERSION.get(broken.rule, _new_version(self.name))}\n"
            f"  or       {_RESTORE.get(broken.rule, _WIDEN)}"
        )


@dataclass(frozen=True, slots=True)
class Unreleased:
    """A contract is not in the history as it is now: it is new, or was widened."""

    name: str
    what: str

    @property
    def sentence(self) -> str:
        """What is missing, and what to do."""
        return f"{told(self.name)} {self.what}: run `taly-async contracts release` and commit what it writes"


Finding = Broken | Unreleased


def findings(catalogue: Iterable[EventType[Any]], history: ReleaseHistory) -> list[Finding]:
    """All that keeps the catalogue from being released as it is; breaches first."""
    now, released = current(catalogue := tuple(catalogue)), history.revisions()
    broken = [*_removed(now, released, history.retired()), *_broken(now, released)]
    return [*broken, *_unreleased(now, released, history)]


def told(name: str) -> str:
    """A contract's name in a sentence."""
    type_name, _, version = name.rpartition(".v")
    return f"{type_name} version {version}" if type_name else f"the {name}"


def _broken(now: Mapping[str, Schema], released: Mapping[str, Sequence[Schema]]) -> Iterator[Broken]:
    for name, schema in now.items():
        seen: set[tuple[Rule, str]] = set()
        for number, revision in reversed(list(enumerate(released.get(name, ()), start=1))):
            for breach in breaches(revision, schema, path="" if name == ENVELOPE else "payload"):
                if (breach.rule, breach.path) not in seen:  # a later revision says it already
                    seen.add((breach.rule, breach.path))
                    yield Broken(name, f"r{number}", breach)


def _removed(
    now: Mapping[str, Schema], released: Mapping[str, Sequence[Schema]], retired: Mapping[str, str]
) -> Iterator[Broken]:
    types = {name.rpartition(".v")[0] for name in now}
    for name in sorted(released.keys() - now.keys()):
        type_name, _, version = name.rpartition(".v")
        if type_name in types:
            breach = Breach(Rule.VERSION_REMOVED, "version", f"version {version} known", "not known any more")
        elif type_name not in retired:
            breach = Breach(Rule.TYPE_REMOVED, "type", f"{type_name} known", "not in schemas/catalogue.py any more")
        else:
            continue
        yield Broken(name, f"r{len(released[name])}", breach)


def _unreleased(
    now: Mapping[str, Schema], released: Mapping[str, Sequence[Schema]], history: ReleaseHistory
) -> Iterator[Unreleased]:
    for name, schema in now.items():
        if name not in released:
            yield Unreleased(name, "is not in the history of released contracts")
        elif text(schema) not in map(text, released[name]):
            yield Unreleased(name, "was changed, and is not in the history as it is now")
        elif name != ENVELOPE and not history.golden(name):
            yield Unreleased(name, "has no golden messages")


def _new_version(name: str) -> str:
    if name == ENVELOPE:
        return "none: all messages of all types share the envelope, and it has no versions"
    type_name, _, version = name.rpartition(".v")
    return (
        f"make a new version of {type_name}: keep this model as it was, as version {version} among the type's "
        "`earlier`, with a `lift` that makes the next version's payload of it (docs/contracts.md)"
    )


_NEW_VERSION = {
    Rule.TYPE_REMOVED: "if nobody sends it any more: name it in schemas/history/retired.json, with the reason",
    Rule.VERSION_REMOVED: "none: a version cannot be given up while its type is there",
}
_WIDEN = "restore what was, or widen it: what was taken before must still be"
_RESTORE = {
    Rule.TYPE_REMOVED: "restore its line in the catalogue, its contract and its handler",
    Rule.VERSION_REMOVED: "restore its model, and its place among the type's `earlier`",
    Rule.FIELD_REMOVED: "restore the field; mark it as no longer read in its docstring, and make it optional",
    Rule.FIELD_REQUIRED: "give the field a default, or None: then a message without it is still read",
    Rule.MADE_REQUIRED: "give the field its default back",
    Rule.DEFAULT_CHANGED: "give the field its default back, and let the handler decide by something else",
    Rule.NULL_REFUSED: "let it be None again, and let the handler decide what that means",
}
