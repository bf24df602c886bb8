"""What was measured of a song's music, in words: chapter by chapter for people, within a budget for language models."""
