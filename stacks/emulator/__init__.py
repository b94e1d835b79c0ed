"""What differs on the embedded emulator: resources left out, policies reworded."""
