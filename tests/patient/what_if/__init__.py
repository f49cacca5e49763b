"""Tests of what missing facts would change."""
