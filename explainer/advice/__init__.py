"""The one schema behind numbers and words."""
