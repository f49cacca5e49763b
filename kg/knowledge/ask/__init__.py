"""Questions about the content: the catalogue, an endpoint, your own query, and the tables that a person looks up."""
