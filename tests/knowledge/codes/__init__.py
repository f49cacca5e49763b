"""Tests of what codes of other systems mean here."""
