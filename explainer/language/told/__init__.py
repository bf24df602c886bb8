"""What a language model is told of a mix: in words, as vectors, as sound."""
