"""The session's memory: the journal, the process that writes it, and what may be in it."""
