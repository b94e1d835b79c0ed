"""Pages and actions of the console, by address."""
