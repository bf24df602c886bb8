"""What a language model says of a song, held against what was measured."""
