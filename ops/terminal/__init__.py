"""The terminal: options, output, errors, tables, progress, completion, for all commands."""
