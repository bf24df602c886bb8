"""What an answer tells, and the phrase bank that words it."""
