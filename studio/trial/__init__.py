"""A song spoiled on purpose, and the demonstration of its correction."""
