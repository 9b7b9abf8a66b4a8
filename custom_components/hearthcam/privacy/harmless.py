"""What a camera calls itself, as it may be shown.

Home Assistant shows dialogues and repairs as Markdown, in which a name can be a picture
of anywhere: every browser that shows it would fetch that.
"""

import re
from typing import Final

# An element begins with the first, a picture or a link with the second; a bare address
# becomes a link.
_ACTIVE: Final = re.compile(r"[<>\[\]`\\]|://")


def harmless(text: str) -> str:
    """Return one line of printable text that nothing makes more of."""
    printable = "".join(char for char in text if char.isprintable())
    return " ".join(_ACTIVE.sub(" ", printable).split())
