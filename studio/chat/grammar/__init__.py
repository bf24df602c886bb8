"""What is typed, understood without a language model: orders, questions, and what goes on from what was said before."""
