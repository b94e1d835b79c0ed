"""The dashboard, its cost estimate and its saved queries."""
