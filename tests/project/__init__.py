"""Tests of the wheel, the benchmarks and the pages."""
