"""The differentiable desk: gains on stems, their mix, and its distance from a reference."""
