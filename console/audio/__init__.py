"""Audio files and signals: decoding, writing, channels, loudness."""
