"""Names that came from elsewhere, as any disk takes them and any text can show them."""

import re
import unicodedata

LONGEST_NAME, MOST_SUFFIX = 160, 20  # bytes of a file's or folder's name, letters of its suffix
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
# What systems do not take, and what turns text round or cannot be seen (joiners, which letters need, can stay).
NOT_IN_NAMES = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]'
)


def safe_name(name: str, otherwise: str = "file") -> str:
    """A name for a file or folder: no separators, no control characters, none that a system keeps for itself."""
    text = name.encode("utf-8", "replace").decode().replace("/", "_").replace("\\", "_")
    safe = NOT_IN_NAMES.sub("_", text).strip(" ").rstrip(". ")
    if RESERVED.fullmatch(safe) or safe.startswith("."):
        safe = f"_{safe}"
    base, suffix = suffixed(safe)
    base = base[:LONGEST_NAME]
    while len(f"{base}{suffix}".encode()) > LONGEST_NAME:
        base = base[:-1]
    return f"{base}{suffix}" or otherwise


def suffixed(name: str) -> tuple[str, str]:
    """The name without its suffix, and that; ".stem.mp4" is one."""
    found = re.search(rf"(\.stem)?\.[^.\s]{{1,{MOST_SUFFIX}}}$", name, re.IGNORECASE)
    return (name[: found.start()], found.group()) if found and found.start() else (name, "")


def shown(name: str) -> str:
    """A name with everything taken out that would upset a line of text: line breaks, control characters."""
    kept = (char for char in name if unicodedata.category(char) != "Cf")  # marks of direction, joiners
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in kept
    )
