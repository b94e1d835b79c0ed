"""The checks of a run: conservation, side effects, alerts, and what each published message must lead to."""
