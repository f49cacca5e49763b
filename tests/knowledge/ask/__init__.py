"""Tests of questions to the content."""
