"""What engineers did with the same songs, to hold advice against."""
