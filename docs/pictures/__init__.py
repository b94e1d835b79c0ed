"""The README's pictures, made of the running system: `make pictures`."""
