"""Stage settings: the types of their values, and how they are read from the context."""
