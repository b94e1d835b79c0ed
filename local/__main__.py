"""`python -m local`: the whole system on this machine; used by `make demo`, `make up` and `make down`."""

from local import commands
from ops.terminal.command import CommandLine
from ops.terminal.output import replace_unencodable

app = CommandLine(help="Run the backbone on this machine: an AWS emulator, the stacks, stand-ins for other services.")

for run in (commands.demo, commands.up, commands.down):
    app.add(run)
app.add(commands.supervise, hidden=True)


if __name__ == "__main__":
    replace_unencodable()
    app(prog_name="python -m local")
