"""Under which licence a pretrained encoder is, and what that means for what is trained with it."""

import re
from pathlib import Path

UNKNOWN = "unknown"
_NOT_COMMERCIAL = re.compile(r"(^|[^a-z])(nc|non-?commercial)([^a-z]|$)")
_OPEN = re.compile(r"apache|mit|bsd|isc|mpl|cc0|cc-by(-\d|$)|unlicense|openrail|gpl|zlib")


def licence_of(name: str, revision: str | None = None) -> str:
    """What the card of a model in a folder, or on the Hub, tells as its licence."""
    from huggingface_hub import hf_hub_download, metadata_load

    try:
        folder = Path(name)
        card = folder / "README.md" if folder.is_dir() else Path(hf_hub_download(name, "README.md", revision=revision))
        told = metadata_load(card) or {}
    except Exception:  # no card, or no way to it
        return UNKNOWN
    licence = told.get("license_name") if told.get("license") == "other" else told.get("license")
    return str(licence).strip().lower()[:100] if isinstance(licence, str) and licence.strip() else UNKNOWN


def is_commercial(licence: str) -> bool | None:
    """Whether what is under it may be used commercially, as far as its name tells; None where it does not."""
    if _NOT_COMMERCIAL.search(licence.lower()):
        return False
    return True if _OPEN.search(licence.lower()) else None


def warning(name: str, licence: str) -> str | None:
    """What must be known of an encoder's licence, in a sentence; None where there is nothing."""
    commercial = is_commercial(licence)
    if commercial is False:
        return f'The encoder "{name}" is not for commercial use ({licence}), and so neither is what is trained with it.'
    if commercial is None:
        told = "tells no licence" if licence == UNKNOWN else f'is under the licence "{licence}"'
        return f'The encoder "{name}" {told}: look whether you may use it for what you have in mind.'
    return None
