"""The Processing stack: layers, functions, event source mappings, grants."""
