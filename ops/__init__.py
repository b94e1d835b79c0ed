"""The operators' command line, `taly-async`, and the console."""
