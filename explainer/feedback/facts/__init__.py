"""What can be stated of a song: measured facts, each with the slot that code fills."""
