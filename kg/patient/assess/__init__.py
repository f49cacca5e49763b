"""From a case to an answer."""
