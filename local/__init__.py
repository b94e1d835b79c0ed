"""The whole system on one machine: an AWS emulator, the stacks, stand-ins for everything else, and what checks them."""
