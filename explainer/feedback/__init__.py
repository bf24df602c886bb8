"""What a producer is told beyond the balance: scores where measurements carry them, suggestions, questions."""
