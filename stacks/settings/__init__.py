"""What a stage's settings may be, and how they are read."""
