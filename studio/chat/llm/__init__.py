"""A language model that plans: it calls the session's operations as tools, and never writes a number itself."""
