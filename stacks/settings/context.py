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
            nearest = _nearest(str(name), stages)
            raise CannotSynthesizeError(
                f"there is no stage {name!r} in cdk.json{f': did you mean {nearest!r}?' if nearest else '.'} "
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
        if not unknown:
            return
        sentences = [f"there is no setting {setting!r}, given by {self.place(setting)}" for setting in unknown]
        nearest = [_nearest(setting.rpartition(".")[2], known) for setting in unknown]
        if all(nearest):
            raise CannotSynthesizeError("; ".join(map("{}: did you mean {!r}?".format, sentences, nearest)))
        raise CannotSynthesizeError(f"{'; '.join(sentences)}. A stage has {', '.join(known)}")

    def place(self, setting: str, member: str = "") -> str:
        """Return where a setting was found or belongs, such as `stages.dev.dunning[0] in cdk.json`."""
        if setting in self.overrides:
            return f"-c {setting}{member}"
        found = f"stages.{self.name}" if setting in self.own or setting not in self.defaults else "defaults"
        return f"{found}.{setting}{member} in cdk.json"

    def sentences(self, problems: Iterable[Problem]) -> Iterator[str]:
        """Say what is wrong with a value, where it is, and what it must be."""
        for problem in problems:
            setting = re.split(r"\W", problem.path)[0]
            member = problem.path.removeprefix(setting).replace('["…"]', "")  # a tag's key is shown as what was found
            described = problem._replace(path="").sentence(reveal=True)
            if not setting:
                yield described
            elif setting not in self.settings:
                yield f"{setting} is missing: add {self.place(setting)}"
            else:
                yield f"{self.place(setting, member)} {described}"


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


def _nearest(given: str, known: Collection[str]) -> str | None:
    return next(iter(get_close_matches(given, known, n=1)), None)


def _map(context: Mapping[str, Any], key: str, *, within: str = "") -> Mapping[str, Any]:
    found = context.get(key, {})
    if not isinstance(found, Mapping):
        of = "stages by name" if key == "stages" else "settings by name"
        raise CannotSynthesizeError(
            f"{within}{key} must be an object of {of} in cdk.json's context, found {json.dumps(found)}: "
            "to override one setting, give it by its own name, such as -c crm_rate=20"
        )
    return found


def _is_setting(key: str) -> bool:
    """Tell settings from the CDK's keys (`aws:cdk:…`, `@aws-cdk/…:…`, `vpc-provider:…`), which have a colon."""
    return ":" not in key and key not in {"stage", "stages", "defaults"}
