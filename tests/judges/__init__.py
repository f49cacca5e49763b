"""Judges, generators and helpers; no tests."""
