"""What a layer of others' packages must hold by its lock: the wheels' files, as they are installed here too.

Each file is checked by the hash that its wheel's RECORD has of it; the wheel itself was checked by the hash in the lock
when it was installed (`uv pip sync --require-hashes`). What is left out is as the layers say, and so is the compiling.
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

_NOTES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
"""What an installer adds to a wheel's own files."""


class NotOfTheLockError(Exception):
    """What is installed is not what the lock says."""


def rebuilt(packages: Iterable[Locked], folder: Path, *, python: Path) -> Path:
    """The layer as it must be.

    Args:
        packages: of the lock.
        folder: takes it.
        python: an interpreter of the target's version.

    Raises:
        NotOfTheLockError: another version is installed here, or a file is not as its wheel's RECORD has it.
    """
    for package in packages:
        for path, content in _files(package):
            target = folder / PACKAGES / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    compile_layer(folder, python=python, keep_sources=False)
    return folder


def _files(package: Locked) -> Iterator[tuple[PackagePath, bytes]]:
    """What a layer has of a package, before it is compiled."""
    installed = distribution(package.name)
    if installed.version != package.version:
        raise NotOfTheLockError(f"{package.name} is locked as {package.version} and installed as {installed.version}")
    for path in installed.files or []:
        in_metadata = path.parts[0].endswith(".dist-info")
        if path.parts[0] == ".." or (in_metadata and path.name in _NOTES) or _is_unused(path):
            continue
        content = Path(str(path.locate())).read_bytes()
        if path.hash is None or path.hash.mode != "sha256" or path.hash.value != _digest(content):
            raise NotOfTheLockError(f"{path} is not as the RECORD of {package.name} {package.version} has it")
        # A package's README stands in its metadata after the first empty line; the layers leave it out.
        yield path, content.partition(b"\n\n")[0].rstrip(b"\n") + b"\n" if path.name == "METADATA" else content


def _digest(content: bytes) -> str:
    """As a RECORD writes it; source: packaging.python.org, "Recording installed projects"."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def _is_unused(path: PackagePath) -> bool:
    left_out = (named for unused in UNUSED for named in unused.paths)
    return any(path.is_relative_to(named) for named in left_out) or any(fnmatch(path.name, p) for p in UNUSED_ANYWHERE)


def differences(layer: Path, lock: Path, *, is_this_machines: bool) -> list[str]:
    """What a layer has that its lock has not, and the other way round.

    Args:
        layer: that was built.
        lock: the folder that `rebuilt` made.
        is_this_machines: else machine code, and what a wheel says of it and of its platform, is compared by name alone.
    """
    have, due = (_contents(folder, is_this_machines=is_this_machines) for folder in (layer, lock))
    return [
        *(f"{path} is in no wheel of the lock" for path in sorted(have.keys() - due.keys())),
        *(f"{path} is missing" for path in sorted(due.keys() - have.keys())),
        *(f"{path} is not as its wheel has it" for path in sorted(have.keys() & due.keys()) if have[path] != due[path]),
    ]


def _contents(folder: Path, *, is_this_machines: bool) -> Mapping[str, bytes]:
    files = (path for path in folder.rglob("*") if not path.is_dir())
    if is_this_machines:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return dict(_anywhere(path, path.relative_to(folder)) for path in files)


def _anywhere(path: Path, name: Path) -> tuple[str, bytes]:
    """A file by what it is called and holds on every machine: `core.cpython-313-aarch64-linux-gnu.so` is `core.so`."""
    if path.suffix == ".so":
        return (name.parent / f"{path.name.partition('.')[0]}.so").as_posix(), b""
    of_machine_code = path.name == "WHEEL" or "sboms" in name.parts
    return name.as_posix(), b"" if of_machine_code else path.read_bytes()
