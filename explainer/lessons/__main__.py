"""Writes lessons to a folder: `python -m explainer.lessons --out FOLDER`."""

from explainer.lessons.jsonl import main

if __name__ == "__main__":
    main(prog_name="python -m explainer.lessons")
