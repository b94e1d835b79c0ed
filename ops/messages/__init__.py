"""`send` and `validate`: messages made, checked and published."""
