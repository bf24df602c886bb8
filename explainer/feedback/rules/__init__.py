"""The rules by which a song is judged without a language model, as data."""
