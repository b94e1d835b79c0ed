"""`status` and `drill`: show the state of each type, and test that alerts arrive."""
