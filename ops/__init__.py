"""The command line for people: `taly-async --help`."""
