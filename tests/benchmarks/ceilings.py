"""How much a cold start may import, guarded by `test_imports.py`. Lower them when you can; raise one with a reason."""

OF_THE_REACTION = 60
"""Modules beyond pydantic's that the benchmark's reaction imports: what every reaction shares."""

OF_ANY_FUNCTION = 100
"""Likewise of each function, with all that it imports when it is loaded."""
