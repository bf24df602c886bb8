"""A catalogue of songs: where they lie, what came of each, and tables of that."""
