"""What is typed, as clauses: how each is meant, which stems it is about, and the sizes in it."""
