"""What is counted, over whom, with what certainty, and the tables of it."""
