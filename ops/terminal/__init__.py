"""What all commands share: options, errors, tables, progress, completion."""
