"""What the console is made of: what it measures, how it hears, what it believes."""
