"""The settings of one stage in the app's context: `defaults`, what the stage has of its own, and `-c`."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from schemas.names import STAGE_NAME
from schemas.problems import Problem
from stacks.errors import CannotSynthesizeError


@dataclass(frozen=True)
class StageContext:
    """One stage's settings, and where each was found."""

    name: str
    defaults: Mapping[str, Any]
    """`defaults` of cdk.json: the settings of every stage that has none of its own."""

    own: Mapping[str, Any]
    """The stage's entry in `stages` of cdk.json."""

    overrides: Mapping[str, Any]
    """Settings that are given by `-c`."""

    @classmethod
    def read(cls, context: Mapping[str, Any]) -> "StageContext":
        """Read the stage that `-c stage=` names.

        Args:
            context: all context values of the app, from cdk.json and `-c`.

        Raises:
            CannotSynthesizeError: no stage is named, there is no such stage, its name is not one that resources can
                have, or cdk.json has no map of stages or settings.
        """
        stages = _map(context, "stages")
        name = context.get("stage")
        if not name:
            raise CannotSynthesizeError(f"no stage is named: give one of {', '.join(stages)}, such as -c stage=dev")
        if name not in stages:
            raise CannotSynthesizeError(
                f"there is no stage {name!r} in cdk.json{_did_you_mean(name, stages)} "
                f"Give one of {', '.join(stages)}, or add it under stages"
            )
        if not re.fullmatch(STAGE_NAME, name):
            raise CannotSynthesizeError(
                f"a stage cannot be named {name!r}, as in stages of cdk.json: "
                "take 2 to 16 lower-case letters and digits, the first one a letter"
            )
        overrides = {key: value for key, value in context.items() if _is_setting(key)}
        return cls(name, _map(context, "defaults"), _map(stages, name, within="stages."), overrides)

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting: by `-c`, else the stage's own, else the default."""
        return {**self.defaults, **self.own, **self.overrides}

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Require that all settings are known.

        Raises:
            CannotSynthesizeError: one is not; the sentence says where it is, and names the nearest one.
        """
        unknown = [setting for setting in self.settings if setting not in known]
        if unknown:
            sentences = [
                f"there is no setting {setting!r}, given by {self.place(setting)}{_did_you_mean(setting, known)}"
                for setting in unknown
            ]
            raise CannotSynthesizeError(f"{' '.join(sentences)} A stage has {', '.join(known)}")

    def place(self, setting: str) -> str:
        """Where a setting was found, such as `stages.dev.crm_rate in cdk.json`; where to add one that is missing."""
        if setting in self.overrides:
            return f"-c {setting}"
        found = f"stages.{self.name}" if setting in self.own or setting not in self.defaults else "defaults"
        return f"{found}.{setting} in cdk.json"

    def sentences(self, problems: Iterable[Problem]) -> Iterator[str]:
        """Say what is wrong with a value, where it is, and what it must be."""
        for problem in problems:
            setting, rest = re.fullmatch(r"(\w*)(.*)", problem.path, re.DOTALL).groups()  # type: ignore[union-attr]  # matches any text
            described = problem._replace(path="").sentence(reveal=True)
            if not setting:
                yield described
            elif setting not in self.settings:
                yield f"{setting} is missing: add {self.place(setting)}"
            else:
                place = self.place(setting)
                yield f"{place.replace(setting, setting + rest) if rest else place} {described}"


def refuse_repeated_keys(text: str) -> None:
    """Require that no object of cdk.json has a key twice: the CDK's command line drops the first one without a word.

    Args:
        text: the content of cdk.json.

    Raises:
        CannotSynthesizeError: an object has a key twice.
    """
    json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise CannotSynthesizeError(
                f"cdk.json has {key!r} twice in one object, and the first would be ignored: remove one of them"
            )
        members[key] = value
    return members


def _did_you_mean(given: object, known: Iterable[str]) -> str:
    """Return `: did you mean 'prod'?` for the nearest known name, or a full stop if none is near."""
    nearest = get_close_matches(str(given), list(known), n=1)
    return f": did you mean {nearest[0]!r}?" if nearest else "."


def _map(context: Mapping[str, Any], key: str, *, within: str = "") -> Mapping[str, Any]:
    found = context.get(key, {})
    if not isinstance(found, Mapping):
        of = "stages by name" if key == "stages" else "settings by name"
        raise CannotSynthesizeError(
            f"{within}{key} must be an object of {of} in cdk.json's context, found {found!r}: "
            "to override one setting, give it by its own name, such as -c crm_rate=20"
        )
    return found


def _is_setting(key: str) -> bool:
    """Tell settings from the CDK's keys (`aws:cdk:…`, `@aws-cdk/…:…`, `vpc-provider:…`), which have a colon."""
    return ":" not in key and key not in {"stage", "stages", "defaults"}
