"""Tests of text, pictures and notebooks."""
