"""What the chart says, in; what was not understood, said: FHIR R4 bundles, and the questions that remain."""
