"""The compiler, which turns the derive queries into a circuit."""
