"""Tests of how content is read, kept and mapped."""
