"""The Turtle files of a content folder as authors write them: found, read, or refused with the line at fault."""
