"""A content folder: how it is read and kept on disk, and its words, codes and tables."""
