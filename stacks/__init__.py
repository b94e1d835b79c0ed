"""What is deployed: one file a stack, one file a construct."""
