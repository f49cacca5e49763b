"""Tests of evidence capsules."""
