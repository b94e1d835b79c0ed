"""The expected content of a layer by its lock: the files of the wheels, which are installed here too.

Each file is checked against the hash in its wheel's RECORD. The wheel was checked against the hash in the lock when it
was installed (`uv pip sync --require-hashes`). Exclusions and compilation are those of the layers.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from importlib.metadata import PackagePath, distribution
from pathlib import Path

from stacks.layers.byte_code import PACKAGES, compile_layer
from stacks.layers.unused import UNUSED, UNUSED_ANYWHERE
from tests.supply_chain.locks import Locked

_INSTALLER_FILES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
"""Files that an installer adds to a wheel's files."""


class NotOfTheLockError(Exception):
    """An installed package differs from the lock."""


def rebuilt(packages: Iterable[Locked], folder: Path, *, python: Path) -> Path:
    """Build the expected layer.

    Args:
        packages: the lock's packages.
        folder: the target folder.
        python: an interpreter of the target's version.

    Raises:
        NotOfTheLockError: another version is installed here, or a file differs from its wheel's RECORD.
    """
    for package in packages:
        for path, content in _files(package):
            target = folder / PACKAGES / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    compile_layer(folder, python=python, keep_sources=False)
    return folder


def _files(package: Locked) -> Iterator[tuple[PackagePath, bytes]]:
    """A package's files in a layer before compilation."""
    installed = distribution(package.name)
    if installed.version != package.version:
        raise NotOfTheLockError(f"{package.name} is locked as {package.version} and installed as {installed.version}")
    for path in installed.files or []:
        in_metadata = path.parts[0].endswith(".dist-info")
        if path.parts[0] == ".." or (in_metadata and path.name in _INSTALLER_FILES) or _is_unused(path):
            continue
        content = Path(str(path.locate())).read_bytes()
        if path.hash is None or path.hash.mode != "sha256" or path.hash.value != _digest(content):
            raise NotOfTheLockError(f"{path} is not as the RECORD of {package.name} {package.version} has it")
        # In METADATA the README follows the first empty line; the layers leave it out.
        yield path, content.partition(b"\n\n")[0].rstrip(b"\n") + b"\n" if path.name == "METADATA" else content


def _digest(content: bytes) -> str:
    """The digest as in a RECORD; source: packaging.python.org, "Recording installed projects"."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def _is_unused(path: PackagePath) -> bool:
    return any(each.leaves_out(path) for each in UNUSED) or any(fnmatch(path.name, p) for p in UNUSED_ANYWHERE)


def differences(layer: Path, lock: Path, *, is_this_machines: bool) -> list[str]:
    """The differences between a layer and its lock.

    Args:
        layer: the built layer.
        lock: the folder from `rebuilt`.
        is_this_machines: whether the layer is for this machine; otherwise machine code and the platform's metadata are
            compared by name only.
    """
    actual, expected = (_contents(folder, is_this_machines=is_this_machines) for folder in (layer, lock))
    common = sorted(actual.keys() & expected.keys())
    return [
        *(f"{path} is in no wheel of the lock" for path in sorted(actual.keys() - expected.keys())),
        *(f"{path} is missing" for path in sorted(expected.keys() - actual.keys())),
        *(f"{path} is not as its wheel has it" for path in common if actual[path] != expected[path]),
    ]


def _contents(folder: Path, *, is_this_machines: bool) -> Mapping[str, bytes]:
    files = (path for path in folder.rglob("*") if not path.is_dir())
    if is_this_machines:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return dict(_portable(path, path.relative_to(folder)) for path in files)


def _portable(path: Path, name: Path) -> tuple[str, bytes]:
    """A file's platform-independent name and content: `core.cpython-313-aarch64-linux-gnu.so` becomes `core.so`."""
    if path.suffix == ".so":
        return (name.parent / f"{path.name.partition('.')[0]}.so").as_posix(), b""
    return name.as_posix(), b"" if path.name == "WHEEL" else path.read_bytes()
