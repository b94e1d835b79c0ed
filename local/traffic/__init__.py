"""Sample messages of every type, and what each must lead to."""
