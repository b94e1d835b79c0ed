"""Hostile input to the four places that strangers reach: `targets.py` names them; docs/fuzzing.md says what must hold.

`python -m tests.fuzz`, which is `make fuzz`, goes on for as long as one likes; the tests here do some of it each time.
"""
