"""Language models that hear audio themselves."""
