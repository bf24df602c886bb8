"""A language model that judges: what it is told, what it is asked, what it answers."""
