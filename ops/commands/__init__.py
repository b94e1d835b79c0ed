"""What people type: one file a topic, each command a function with its options, and nothing but that."""
