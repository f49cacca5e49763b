"""Tests of the derive queries and of what executes them."""
