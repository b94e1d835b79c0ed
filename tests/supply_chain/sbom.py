"""Deployed packages and development packages as CycloneDX 1.6 files: the same bytes from the same locks."""

import json
import tomllib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from app import ROOT
from stacks.layers.lock import TEXTS
from tests.supply_chain.licences import licence_of, npm_licence
from tests.supply_chain.locks import LAYER, NPM, Locked, NpmLocked, everything, npm_locked

FOLDER = ROOT / "build" / "sbom"
_SYSTEM = "queue-processor"
_NAMESPACE = UUID("6d1d4a1e-5a34-5d0e-8f0b-0d8f2c9b7a11")
"""The namespace of serial numbers, which are derived from the content."""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package in one layer or lock."""

    purl: PackageURL
    place: str
    """The layer or the lock with the package."""

    hashes: tuple[HashType, ...]
    """The hashes of all files of its version that may be installed."""

    licence: str
    needs: frozenset[str]
    """Package URLs."""

    is_asked_for: bool
    """Whether we list it ourselves."""


def bills() -> dict[str, str]:
    """The bills of materials by file name."""
    locks = everything()
    layers = _of_python(LAYER, locks[LAYER])
    everywhere = chain.from_iterable(_of_python(lock, packages) for lock, packages in locks.items())
    return {
        "layers.cdx.json": _bill([_in_layer(package) for package in layers], "layer"),
        "development.cdx.json": _bill([*everywhere, *_of_npm(npm_locked(ROOT / NPM))], "lock"),
    }


def _in_layer(package: LockedPackage) -> LockedPackage:
    layer = "texts" if package.purl.name in TEXTS else "dependencies"
    return LockedPackage(package.purl, layer, package.hashes, package.licence, package.needs, package.is_asked_for)


def _of_python(lock: str, packages: Sequence[Locked]) -> Iterator[LockedPackage]:
    for package in packages:
        needs = frozenset(_pypi(each).to_string() for each in packages if package.name in each.needed_by)
        hashes = tuple(HashType(alg=HashAlgorithm.SHA_256, content=content) for content in package.hashes)
        yield LockedPackage(_pypi(package), lock, hashes, licence_of(package.name), needs, bool(package.asked_by))


def _pypi(package: Locked) -> PackageURL:
    return PackageURL("pypi", name=package.name, version=package.version)


def _of_npm(packages: Sequence[NpmLocked]) -> Iterator[LockedPackage]:
    by_path = {package.path: _npm(package).to_string() for package in packages}
    for package in packages:
        digest = b64decode(package.integrity.removeprefix("sha512-")).hex()
        yield LockedPackage(
            _npm(package),
            NPM,
            (HashType(alg=HashAlgorithm.SHA_512, content=digest),),
            npm_licence(package.licence),
            frozenset(by_path[path] for path in package.needs),
            package.is_asked_for,
        )


def _npm(package: NpmLocked) -> PackageURL:
    namespace, _, name = package.name.rpartition("/")
    return PackageURL("npm", namespace=namespace or None, name=name, version=package.version)


def _bill(packages: Iterable[LockedPackage], place: str) -> str:
    """The bill of these packages; the entries of one package become one component with all its places."""
    by_purl: dict[str, list[LockedPackage]] = {}
    for package in packages:
        by_purl.setdefault(package.purl.to_string(), []).append(package)
    components = {purl: _component(entries, place) for purl, entries in by_purl.items()}
    system = _system()
    bom = Bom(components=components.values(), metadata=BomMetaData(component=system))
    bom.register_dependency(
        system, [components[purl] for purl, entries in by_purl.items() if any(p.is_asked_for for p in entries)]
    )
    for purl, entries in by_purl.items():
        bom.register_dependency(components[purl], [components[need] for package in entries for need in package.needs])
    return _numbered(json.loads(JsonV1Dot6(bom).output_as_string()))


def _component(entries: Sequence[LockedPackage], place: str) -> Component:
    first = entries[0]
    return Component(
        type=ComponentType.LIBRARY,
        group=first.purl.namespace,
        name=first.purl.name,
        version=first.purl.version,
        purl=first.purl,
        bom_ref=first.purl.to_string(),
        hashes=first.hashes,
        licenses=[LicenseFactory().make_from_string(first.licence)],
        properties=[Property(name=f"{_SYSTEM}:{place}", value=package.place) for package in entries],
    )


def _system() -> Component:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return Component(type=ComponentType.APPLICATION, name=_SYSTEM, version=version, bom_ref=_SYSTEM)


def _numbered(document: dict[str, Any]) -> str:
    """The bill with a serial number from its content and without its creation time, so that it is reproducible."""
    del document["metadata"]["timestamp"]
    del document["serialNumber"]
    number = uuid5(_NAMESPACE, json.dumps(document, sort_keys=True)).urn
    return json.dumps({**document, "serialNumber": number}, indent=2, sort_keys=True) + "\n"
