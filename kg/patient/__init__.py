"""One patient: the case as stated, and its facts."""
