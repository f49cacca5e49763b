"""Tests of the published ontology."""
