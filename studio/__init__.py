"""The top floor: what people touch. The command line, and the pictures and files it makes."""
