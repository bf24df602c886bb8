"""Synthetic multitracks: songs composed by rule, played by sampled and own instruments, mixed by the balance prior."""
