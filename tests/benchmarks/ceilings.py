"""The maximum imports of a cold start, checked by `test_imports.py`. Lower them if you can; raise one with a reason."""

OF_THE_REACTION = 60
"""Modules beyond pydantic's that the benchmark's reaction imports, as every reaction does."""

OF_ANY_FUNCTION = 100
"""Modules beyond pydantic's that any one function imports when it is loaded."""

OF_THE_NOTIFIER = 112
"""The same of the notifier: cards, pauses, outages and causes are many small modules. It starts seldom, since it runs
each minute in one process.
"""
