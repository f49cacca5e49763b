"""Tests of engines, numbers and prefixes."""
