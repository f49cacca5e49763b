"""Tests of a case and of what follows from it."""
