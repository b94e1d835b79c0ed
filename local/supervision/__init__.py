"""Child processes that end with their parent, and the supervisor of a stage that stays up."""
