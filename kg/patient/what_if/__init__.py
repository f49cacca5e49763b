"""What the answer would be if more were known."""
