"""The unit and template tests of changed files: tests are in a folder with the name of the source folder."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from ops.terminal.checkout import ROOT

_OF_TEMPLATES = "tests/infrastructure"

_TESTS_OF = {
    "lambdas/common": "tests/unit/common",
    "lambdas": "tests/unit/functions",
    "local": "tests/unit/local",
    "ops": "tests/unit/ops",
    "publishing": "tests/unit/publishing",
    "schemas": "tests/unit/schemas",
    "stacks": _OF_TEMPLATES,
    "app.py": _OF_TEMPLATES,
    "cdk.json": _OF_TEMPLATES,
}
"""The test folder of each source folder; subfolders have the same names."""


def changed_files(since: str) -> list[str]:
    """Files that differ from a commit, relative to the checkout, and files that git does not track yet.

    Raises:
        subprocess.CalledProcessError: there is no such commit; git has printed the reason.
    """
    return sorted({*_git("diff", "--name-only", since, "--"), *_git("ls-files", "--others", "--exclude-standard")})


def paths_of(files: Iterable[str], root: Path = ROOT) -> list[str]:
    """Paths for pytest, none inside another; empty if these files have no tests."""
    found = {path for file in files for path in _paths_of(PurePosixPath(file), root)}
    return sorted(str(path) for path in found if not found.intersection(path.parents))


def _paths_of(file: PurePosixPath, root: Path) -> Iterator[PurePosixPath]:
    if file.parts[0] == "tests":
        if file.parts[1:2] in {("unit",), ("infrastructure",)}:
            yield file if file.name.startswith("test_") and (root / file).exists() else _nearest(file.parent, root)
        return
    for folder, tests in _TESTS_OF.items():
        if file.is_relative_to(folder):
            below = file.relative_to(folder)
            # A function in one file has its tests in one file: lambdas/user_invited/handler.py, test_user_invited.py.
            single_file = PurePosixPath(tests) / f"test_{PurePosixPath(*below.parts[:1]).stem}.py"
            yield single_file if (root / single_file).exists() else _nearest(PurePosixPath(tests) / below.parent, root)
            return


def _nearest(folder: PurePosixPath, root: Path) -> PurePosixPath:
    """The folder if it exists, else its nearest existing parent."""
    return folder if (root / folder).is_dir() else _nearest(folder.parent, root)


def _git(*arguments: str) -> list[str]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
