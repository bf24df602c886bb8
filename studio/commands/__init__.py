"""The commands: what each asks for, and what it calls."""
