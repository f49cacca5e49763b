"""Publishes the content as one OWL ontology, and checks it with a reasoner."""
