"""What every room needs for RDF and SPARQL: IRIs, numbers, the shipped queries, stores and rows."""
