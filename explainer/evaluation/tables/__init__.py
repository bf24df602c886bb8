"""The tables of a run: rows on disk, what they sum up to, and how that is written down."""
