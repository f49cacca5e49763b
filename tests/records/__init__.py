"""Tests of records: FHIR bundles in, the open questions out."""
