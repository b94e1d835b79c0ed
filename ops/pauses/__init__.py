"""`pause`, `resume`, `pauses` and `try`: hold a type's messages in its queue, run one, let all run again."""
