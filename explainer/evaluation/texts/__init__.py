"""What is written on the items of a run: asked for, read again, and held against numbers and right answers."""
