"""Language models: what they are told, and how they write."""
