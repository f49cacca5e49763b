"""Tests of the content, its engines, and the questions asked of it."""
