"""Reading: files of any kind become a Song, and what was left out is said."""
