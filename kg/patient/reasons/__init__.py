"""Why an answer is what it is, and how two answers differ."""
