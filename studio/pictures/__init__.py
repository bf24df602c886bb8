"""Pictures of an advice."""
