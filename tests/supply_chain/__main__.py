"""`python -m tests.supply_chain page` updates the tables of `docs/supply-chain.md`; `… sbom` writes the SBOMs."""

from argparse import ArgumentParser

from app import ROOT
from ops.terminal.tables import written_anew
from tests.supply_chain.page import PAGE, blocks
from tests.supply_chain.sbom import FOLDER, bills

parser = ArgumentParser(prog="python -m tests.supply_chain", description=__doc__)
parser.add_argument("what", choices=["page", "sbom"])

if parser.parse_args().what == "page":
    PAGE.write_text(written_anew(PAGE.read_text(encoding="utf-8"), blocks(), name=PAGE.name), encoding="utf-8")
    print(f"docs/{PAGE.name}: its tables are updated")  # noqa: T201 for the person who runs it
else:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, bill in bills().items():
        (FOLDER / name).write_text(bill, encoding="utf-8")
        print(f"sbom: {(FOLDER / name).relative_to(ROOT)}")  # noqa: T201 for the person who runs it
