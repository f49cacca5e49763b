"""Audits many patients: a table of past orders, judged row by row."""
