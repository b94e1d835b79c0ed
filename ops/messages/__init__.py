"""`send`, `validate` and `replay`: messages made, checked and published, and archived events published again."""
