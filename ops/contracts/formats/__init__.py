"""The contracts as JSON Schema, TypeScript, AsyncAPI, and as tables of `docs/`."""
