"""What the music is: tempo, beats, key, chords, sections, instruments, genre, melody, timbre, and the mix; measured."""
