"""Compiles the derive queries to a Boolean circuit, which runs many cases at once and allows proofs."""
