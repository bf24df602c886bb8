"""How good the words are, and whether they and the numbers agree."""
