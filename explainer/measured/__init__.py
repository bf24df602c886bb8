"""What was measured of a mix, and what of it speaks for a move."""
