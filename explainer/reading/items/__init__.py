"""A text as items: its words, quantities and stems, in segments of sentences."""
