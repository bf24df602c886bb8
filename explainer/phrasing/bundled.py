"""Data files that come with the package, read fast: the first answer waits for them."""

from importlib.resources import files
from typing import Any


def bundled(path: str) -> Any:
    """What a YAML file of this package holds; `path` is relative to the package."""
    import yaml  # only those who make or read texts need it

    text = files("explainer").joinpath(path).read_text("utf-8")
    # In C where PyYAML was built with it, which reads the phrase bank in a tenth of the time.
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
