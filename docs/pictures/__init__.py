"""The README's pictures, taken of the local stage that is running and of a mail."""
