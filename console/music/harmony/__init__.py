"""Key and chords: one constant-Q transform of the stems that carry harmony serves both."""
