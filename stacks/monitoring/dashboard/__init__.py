"""The dashboard and saved queries."""
