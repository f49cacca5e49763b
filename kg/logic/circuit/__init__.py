"""The circuit: facts go in, conclusions come out. The room runs it, keeps it, and proves things about it."""
