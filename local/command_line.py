"""The command line `python -m local`; the commands are in `commands.py`."""

from local import commands
from ops.terminal.command import CommandLine

app = CommandLine(help="Run the backbone on this machine: an AWS emulator, the stacks, stand-ins for other services.")

for run in (commands.demo, commands.up, commands.down):
    app.add(run)
app.add(commands.supervise, hidden=True)
