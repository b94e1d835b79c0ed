"""The compatibility check: no released contract may start to refuse or misread messages that it accepted."""

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
    """A breach of a rule against a released contract."""

    name: str
    """The contract, such as `payment.failed.v2`."""

    revision: str
    """The released revision, such as `r1`."""

    breach: Breach

    @property
    def sentence(self) -> str:
        """The breach and its place, the old and the new contract, and the ways to fix it."""
        breach = self.breach
        where = f", {breach.path}" if breach.path else ""
        return (
            f"{spoken(self.name)}{where}: {breach.rule.value}\n"
            f"  rule     {breach.rule.sentence}\n"
            f"  was      {breach.was} (released as schemas/history/{self.name}.{self.revision}.json)\n"
            f"  is       {breach.now}\n"
            f"  fix      {_NEW_VERSION.get(breach.rule, _new_version(self.name))}\n"
            f"  or       {_RESTORE.get(breach.rule, _WIDEN)}"
        )


@dataclass(frozen=True, slots=True)
class Unreleased:
    """A contract whose current state is not in the history: it is new, or was widened."""

    name: str
    problem: str

    @property
    def sentence(self) -> str:
        """The problem and the command that fixes it."""
        return f"{spoken(self.name)} {self.problem}: run `taly-async contracts release` and commit what it writes"


Finding = Broken | Unreleased


def findings(catalogue: Iterable[EventType[Any]], history: ReleaseHistory) -> list[Finding]:
    """Return everything that prevents a release of the catalogue, breaches first."""
    now, released = current(catalogue := tuple(catalogue)), history.revisions()
    broken = [*_removed(now, released, history.retired()), *_broken(now, released, history.widened())]
    return [*broken, *_unreleased(now, released, history)]


def spoken(name: str) -> str:
    """Return a contract's name for a sentence, such as `payment.failed version 2`."""
    type_name, _, version = name.rpartition(".v")
    return f"{type_name} version {version}" if type_name else f"the {name}"


def _broken(
    now: Mapping[str, Schema], released: Mapping[str, Sequence[Schema]], widened: Mapping[str, str]
) -> Iterator[Broken]:
    for name, schema in now.items():
        seen: set[tuple[Rule, str]] = set()
        for number, revision in reversed(list(enumerate(released.get(name, ()), start=1))):
            for breach in breaches(_rewritten(revision, widened), schema, path="" if name == ENVELOPE else "payload"):
                if (breach.rule, breach.path) not in seen:  # else reported for a later revision
                    seen.add((breach.rule, breach.path))
                    yield Broken(name, f"r{number}", breach)


def _rewritten(schema: Any, widened: Mapping[str, str]) -> Any:
    """Return a released contract with the patterns that took the place of its own."""
    if isinstance(schema, Mapping):
        return {
            keyword: _widest(value, widened)
            if keyword == "pattern" and isinstance(value, str)  # else a field of this name
            else _rewritten(value, widened)
            for keyword, value in schema.items()
        }
    return [_rewritten(each, widened) for each in schema] if isinstance(schema, list) else schema


def _widest(pattern: str, widened: Mapping[str, str]) -> str:
    for _ in widened:  # as often as patterns were widened, even where two name each other
        pattern = widened.get(pattern, pattern)
    return pattern


def _removed(
    now: Mapping[str, Schema], released: Mapping[str, Sequence[Schema]], retired: Mapping[str, str]
) -> Iterator[Broken]:
    types = {name.rpartition(".v")[0] for name in now}
    for name in sorted(released.keys() - now.keys()):
        type_name, _, version = name.rpartition(".v")
        if type_name in types:
            breach = Breach(Rule.VERSION_REMOVED, "version", f"version {version} is known", "no longer known")
        elif type_name not in retired:
            breach = Breach(Rule.TYPE_REMOVED, "type", f"{type_name} is known", "no longer in schemas/catalogue.py")
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
            yield Unreleased(name, "was changed since the last revision in the history")
        elif name != ENVELOPE and not history.golden(name):
            yield Unreleased(name, "has no golden messages")


def _new_version(name: str) -> str:
    if name == ENVELOPE:
        return "none: all messages of all types share the envelope, and it has no versions"
    type_name, _, version = name.rpartition(".v")
    return (
        f"make a new version of {type_name}: keep this model unchanged as version {version} in the type's "
        "`previous_versions`, with an `upcast` to the next version's payload (docs/contracts.md)"
    )


_NEW_VERSION = {
    Rule.TYPE_REMOVED: "if no producer sends it any more: name it in schemas/history/retired.json, with the reason",
    Rule.VERSION_REMOVED: "none: a version cannot be retired while its type exists",
}
_WIDEN = "restore the old contract, or widen it: everything that it accepted must stay valid"
_RESTORE = {
    Rule.PATTERN_CHANGED: "if the new pattern accepts all of the old one: name both in schemas/history/widened.json",
    Rule.TYPE_REMOVED: "restore its line in the catalogue, its contract and its handler",
    Rule.VERSION_REMOVED: "restore its model, and its place in the type's `previous_versions`",
    Rule.FIELD_REMOVED: "restore the field; mark it as no longer read in its docstring, and make it optional",
    Rule.FIELD_REQUIRED: "give the field a default, or None, so that a message without it is still read",
    Rule.MADE_REQUIRED: "restore the field's default",
    Rule.DEFAULT_CHANGED: "restore the field's default, and let the handler decide by another field",
    Rule.NULL_REFUSED: "allow None again, and let the handler decide what it means",
}
