"""Tools for authors of content: begin, import, check, prove, compare and publish."""
