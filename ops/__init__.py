"""The command line for people: `python -m ops --help`."""
