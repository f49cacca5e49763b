"""Tests of why an answer is as it is."""
