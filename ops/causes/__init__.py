"""`causes` and `cause …`: list the causes of dead letters, acknowledge, snooze and resolve them."""
