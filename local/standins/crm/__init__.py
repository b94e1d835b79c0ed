"""A CRM that answers as the real one does, and fails when it is told to."""
