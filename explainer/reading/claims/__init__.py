"""What a text claims of the stems of a mix: events, whom they are of, and what was said before."""
