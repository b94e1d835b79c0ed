"""Functions run with only their layers and the packages of the Lambda runtime on the path."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from app import ROOT
from lambdas.common.texts.formats import Formats
from lambdas.email_send.rendering import render
from schemas.emails import Template
from stacks.layers.lock import base_requirements
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST
from stacks.layers.unused import LANGUAGES
from tests.infrastructure.layers.import_graph import foreign
from tests.infrastructure.layers.test_import_graph import FUNCTIONS, WITH_TEXTS
from tests.mails import mail

LAYERS = BuiltLayers(ROOT, HOST, cache=ROOT / "build" / "layers")

WITHOUT_TEXTS = [function for function in FUNCTIONS if function not in WITH_TEXTS]

RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3")
"""boto3 and its requirements, without those that are in the layers, which come first on the path."""

Fresh = Callable[..., Any]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with links to only the packages of the Lambda runtime."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME_PACKAGES:
        spec = find_spec(name)
        assert spec, f"{name} is not installed: does boto3 still require it?"
        location = Path(*spec.submodule_search_locations) if spec.submodule_search_locations else Path(str(spec.origin))
        (folder / location.name).symlink_to(location)
    return folder


@pytest.fixture
def fresh(runtime: Path, tmp_path: Path) -> Fresh:
    """Return a runner of scripts whose path has the functions, their layers and the runtime, in this order."""

    def run(script: str, *, functions: Iterable[str], argument: object = None) -> Any:
        folders = set(functions)
        (tmp_path / "lambdas").mkdir()
        for function in folders:
            (tmp_path / "lambdas" / function).symlink_to(ROOT / "lambdas" / function)
        layers = [LAYERS.dependencies(), LAYERS.common(), *([LAYERS.texts()] if folders & WITH_TEXTS else [])]
        path = [str(tmp_path), *(str(layer / "python") for layer in layers), str(runtime)]
        prelude = f"import json, sys\nsys.path[:0] = {path!r}\nargument = json.loads(sys.argv[1])\n"
        command = [sys.executable, "-I", "-S", "-B", "-c", prelude + script, json.dumps(argument)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.mark.parametrize("functions", [WITHOUT_TEXTS, sorted(WITH_TEXTS)], ids=["without-texts", "with-texts"])
def test_functions_import_everything_from_their_layers(functions: list[str], fresh: Fresh) -> None:
    script = """
import importlib, pkgutil
for function, names in argument.items():
    importlib.import_module(f"lambdas.{function}.handler")
    for name in names:
        pkgutil.resolve_name(name)
print(json.dumps({name: place for name, each in sys.modules.items() if (place := getattr(each, "__file__", None))}))
"""
    imports = {each: sorted(foreign(ROOT / "lambdas" / each / "handler.py", root=ROOT)) for each in functions}

    places = fresh(script, functions=functions, argument=imports)

    packages = (str(LAYERS.dependencies()), str(LAYERS.texts()))
    assert {Path(place).suffix for place in places.values() if place.startswith(packages)} == {".pyc", ".so"}
    assert places["pydantic"].startswith(packages)
    assert places["schemas.message"].startswith(str(LAYERS.common()))


def test_no_module_of_a_layer_needs_one_that_was_left_out(fresh: Fresh) -> None:
    script = """
import importlib
from pathlib import Path
missing = {}
for layer in map(Path, argument):
    for module in sorted(layer.rglob("*.pyc")):
        name = ".".join(module.relative_to(layer).with_suffix("").parts).removesuffix(".__init__")
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing[name] = str(error)
print(json.dumps(missing))
"""
    layers = [str(layer / "python") for layer in (LAYERS.dependencies(), LAYERS.texts())]

    missing = fresh(script, functions=["email_send"], argument=layers)

    assert missing == {}


@pytest.mark.parametrize("template", Template)
def test_an_email_is_rendered_from_the_layers_as_in_the_checkout(template: Template, fresh: Fresh) -> None:
    script = """
from dataclasses import asdict
from lambdas.email_send.rendering import render
from schemas.emails import EmailSend
print(json.dumps(asdict(render(EmailSend.model_validate_json(argument), "message-1"))))
"""
    email = mail(template)

    rendered = fresh(script, functions=["email_send"], argument=email.model_dump_json())

    assert rendered == json.loads(json.dumps(asdict(render(email, "message-1"))))


TAGS = ["en-GB", "de-AT", "de-ZZ", "fr-CA", "pt-BR", "zh-Hant-TW", "ar-EG", "x-klingon", "es-419", None]


def test_what_was_cut_of_cldr_falls_back_as_in_the_checkout(fresh: Fresh) -> None:
    script = """
from lambdas.email_send.rendering import render
from schemas.emails import EmailSend
mail = EmailSend.model_validate_json(argument["mail"])
recipients = [mail.to.model_copy(update={"locale": tag}) for tag in argument["tags"]]
print(json.dumps([render(mail.model_copy(update={"to": each}), "message-1").text for each in recipients]))
"""
    email = mail(Template.PAYMENT_FAILED)

    rendered = fresh(script, functions=["email_send"], argument={"mail": email.model_dump_json(), "tags": TAGS})

    recipients = [email.to.model_copy(update={"locale": tag}) for tag in TAGS]
    assert rendered == [render(email.model_copy(update={"to": each}), "message-1").text for each in recipients]
    assert "€1,234.50" in rendered[TAGS.index("ar-EG")]


def test_every_locale_that_was_kept_can_be_used(fresh: Fresh) -> None:
    script = """
from datetime import UTC, datetime
from babel.localedata import locale_identifiers
from lambdas.common.texts.formats import Formats
from babel import Locale
moment = datetime(2026, 4, 15, 14, tzinfo=UTC)
every = {name: Formats(Locale.parse(name), UTC) for name in locale_identifiers()}
print(json.dumps({name: [it.day(moment), it.hours(moment, moment), it.money(1, "EUR")] for name, it in every.items()}))
"""
    usable = fresh(script, functions=["email_send"])

    assert {name.partition("_")[0] for name in usable} == set(LANGUAGES)
    moment, here = datetime(2026, 4, 15, 14, tzinfo=UTC), {name: Formats(Locale.parse(name), UTC) for name in usable}
    assert usable == {name: [it.day(moment), it.hours(moment, moment), it.money(1, "EUR")] for name, it in here.items()}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"])
def test_a_time_zone_is_found_on_a_machine_without_zones(zone: str, fresh: Fresh) -> None:
    script = """
import zoneinfo
from lambdas.common.texts.time_zones import zone
zoneinfo.reset_tzpath(to=[])
print(json.dumps(zone(argument).key))
"""
    assert fresh(script, functions=["appointment_reminder"], argument=zone) == zone


def test_a_traceback_through_a_package_has_file_line_and_function(fresh: Fresh) -> None:
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


def test_packages_in_the_layer_report_their_versions(fresh: Fresh) -> None:
    script = """
from importlib.metadata import version
print(json.dumps({name: version(name) for name in argument}))
"""
    names = sorted(base_requirements(ROOT))

    assert fresh(script, functions=["system_heartbeat"], argument=names) == {name: version(name) for name in names}
