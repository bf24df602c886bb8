"""Language models as networks: read from a folder, adapted, and writing fast."""
