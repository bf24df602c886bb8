"""Listening tests: mixes and texts put before people, blind, and their answers read back."""
