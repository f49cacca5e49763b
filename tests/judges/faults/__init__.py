"""Deliberate faults, for the guards to catch."""
