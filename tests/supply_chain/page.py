"""The tables of `docs/supply-chain.md`, generated from the locks and the packages' metadata."""

from collections import Counter

from app import ROOT
from stacks.layers.lock import TEXTS
from tests.supply_chain.licences import licence_of, npm_licence
from tests.supply_chain.locks import LAYER, NPM, everything, npm_locked

PAGE = ROOT / "docs" / "supply-chain.md"


def blocks() -> dict[str, str]:
    """The page's generated blocks by their names."""
    return {"deployed": deployed(), "licences": counts()}


def deployed() -> str:
    """The table of packages that run in AWS."""
    rows = [
        f"| {package.name} | {package.version} | {licence_of(package.name)} "
        f"| {'texts' if package.name in TEXTS else 'dependencies'} "
        f"| {', '.join(sorted(package.needed_by)) or 'us'}{_also_us(package.asked_by, package.needed_by)} |"
        for package in everything()[LAYER]
    ]
    return "\n".join(["| package | version | licence | layer | needed by |", "|---|---|---|---|---|", *rows])


def _also_us(asked_by: frozenset[str], needed_by: frozenset[str]) -> str:
    return ", us" if asked_by and needed_by else ""


def counts() -> str:
    """The number of packages in all locks under each licence, counting each version once."""
    python = {(each.name, each.version): licence_of(each.name) for lock in everything().values() for each in lock}
    npm = {(each.name, each.version): npm_licence(each.licence) for each in npm_locked(ROOT / NPM)}
    found = Counter([*python.values(), *npm.values()])
    rows = [f"| {licence} | {count} |" for licence, count in sorted(found.items(), key=lambda row: (-row[1], row[0]))]
    return "\n".join(
        [
            f"{len(python)} versions of Python packages and {len(npm)} of npm's:\n",
            "| licence | packages |",
            "|---|---|",
            *rows,
        ]
    )
