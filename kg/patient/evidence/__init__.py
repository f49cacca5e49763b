"""Evidence that lets somebody else check an answer."""
