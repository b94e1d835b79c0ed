"""What was released, and which changes to it are compatible."""
