"""Changes for the embedded emulator: unsupported resources removed, alarms and policies rewritten."""
