"""`status` and `drill`: how each type stands, and whether alerts arrive."""
