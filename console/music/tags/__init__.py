"""Tags of genre, mood, instruments, voices and era, as a network gives them that learnt them of people."""
