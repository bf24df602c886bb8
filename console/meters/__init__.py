"""What meters show of sounds: energies over time, bands, when something sounds, loudness and its range, stereo."""
