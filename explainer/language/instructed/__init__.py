"""Language models that nobody here trained: told in their prompt what to write, and verified like all others."""
