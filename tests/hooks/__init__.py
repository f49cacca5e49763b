"""Tests of the hooks: contract, scenarios of the connectathon, and what is refused."""
