"""Functions run on their layers and on what Lambda's Python brings: proven in a Python that sees nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from app import ROOT
from lambdas.email_send.rendering import render
from schemas.emails import Template
from stacks.layers.lock import dependencies_of
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST
from tests.infrastructure.layers.import_graph import foreign
from tests.infrastructure.layers.test_import_graph import FUNCTIONS, WRITERS
from tests.mails import mail

LAYERS = BuiltLayers(ROOT, HOST, cache=ROOT / "build" / "layers")

OTHERS = [function for function in FUNCTIONS if function not in WRITERS]

OF_LAMBDA = ("boto3", "botocore", "s3transfer", "dateutil", "six")
"""Boto3 and what it requires, as far as the layers, which come before it on the path, have not got that."""

Fresh = Callable[..., Any]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's Python has, as it is installed here, without all else that is."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in OF_LAMBDA:
        spec = find_spec(name)
        assert spec, f"{name} is not installed here: does boto3 not require it any more?"
        place = Path(*spec.submodule_search_locations) if spec.submodule_search_locations else Path(str(spec.origin))
        (folder / place.name).symlink_to(place)
    return folder


@pytest.fixture
def fresh(runtime: Path, tmp_path: Path) -> Fresh:
    """Runs a script as functions run: their own folders, their layers and the runtime on its path, in this order."""

    def run(script: str, *, functions: Iterable[str], told: object = None) -> Any:
        named = set(functions)
        (tmp_path / "lambdas").mkdir()
        for function in named:
            (tmp_path / "lambdas" / function).symlink_to(ROOT / "lambdas" / function)
        layers = [LAYERS.dependencies(), LAYERS.common(), *([LAYERS.texts()] if named & WRITERS else [])]
        path = [str(tmp_path), *(str(layer / "python") for layer in layers), str(runtime)]
        beginning = f"import json, sys\nsys.path[:0] = {path!r}\ntold = json.loads(sys.argv[1])\n"
        command = [sys.executable, "-I", "-S", "-B", "-c", beginning + script, json.dumps(told)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.mark.parametrize("functions", [OTHERS, sorted(WRITERS)], ids=["others", "those-that-write-to-people"])
def test_all_that_functions_may_import_is_there(functions: list[str], fresh: Fresh) -> None:
    script = """
import importlib, pkgutil
for function, names in told.items():
    importlib.import_module(f"lambdas.{function}.handler")
    for name in names:
        pkgutil.resolve_name(name)
print(json.dumps({name: place for name, each in sys.modules.items() if (place := getattr(each, "__file__", None))}))
"""
    told = {each: sorted(foreign(ROOT / "lambdas" / each / "handler.py", root=ROOT)) for each in functions}

    places = fresh(script, functions=functions, told=told)

    packages = (str(LAYERS.dependencies()), str(LAYERS.texts()))
    assert {Path(place).suffix for place in places.values() if place.startswith(packages)} == {".pyc", ".so"}
    assert places["pydantic"].startswith(packages)
    assert places["schemas.message"].startswith(str(LAYERS.common()))


@pytest.mark.parametrize("template", Template)
def test_a_mail_is_rendered_as_at_home(template: Template, fresh: Fresh) -> None:
    script = """
from dataclasses import asdict
from lambdas.email_send.rendering import render
from schemas.emails import EmailSend
print(json.dumps(asdict(render(EmailSend.model_validate_json(told), "message-1"))))
"""
    email = mail(template)

    rendered = fresh(script, functions=["email_send"], told=email.model_dump_json())

    at_home = render(email, "message-1")
    assert rendered == {"to": at_home.to, "subject": at_home.subject, "text": at_home.text, "html": at_home.html}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"])
def test_a_time_zone_is_known_where_the_machine_has_none(zone: str, fresh: Fresh) -> None:
    script = """
import zoneinfo
from lambdas.common.time_zones import zone
zoneinfo.reset_tzpath(to=[])
print(json.dumps(zone(told).key))
"""
    assert fresh(script, functions=["appointment_reminder"], told=zone) == zone


def test_a_traceback_through_a_package_names_file_line_and_function(fresh: Fresh) -> None:
    script = """
import rfc8785, traceback
try:
    rfc8785.dumps(float("inf"))
except rfc8785.FloatDomainError as error:
    print(json.dumps(traceback.format_exception(error)))
"""
    *_, innermost, _error = fresh(script, functions=["system_heartbeat"])

    assert innermost.startswith('  File "/opt/python/rfc8785/_impl.py", line ')
    assert ", in " in innermost


def test_packages_tell_their_versions(fresh: Fresh) -> None:
    script = """
from importlib.metadata import version
print(json.dumps({name: version(name) for name in told}))
"""
    names = sorted(dependencies_of(ROOT))

    assert fresh(script, functions=["system_heartbeat"], told=names) == {name: version(name) for name in names}
