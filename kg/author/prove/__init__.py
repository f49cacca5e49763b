"""Proofs about every possible patient."""
