"""What every training run needs, of numbers or of words: order, chance, checkpoints, going on, keeping the best."""
