"""A reference mix of a song: which gains bring the stems to its balance."""
