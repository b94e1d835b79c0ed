"""`redo`: publish messages that are done, or dead, again under new ids, as they were or with another payload."""
