"""The contracts as JSON Schema, TypeScript, AsyncAPI and Markdown."""
