"""CDS Hooks 2.0.1 for imaging orders, as functions over requests and responses; whoever serves them brings HTTP."""
