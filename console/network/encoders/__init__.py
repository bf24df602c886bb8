"""Pretrained encoders of sound that may take the place of the console's own picture of it."""
