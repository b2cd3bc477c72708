"""What the pictures of graphs look like: their style sheet, corners and letters' widths."""

from __future__ import annotations

from types import MappingProxyType

from .style import Shape
from .text import cells, shorten

CORNERS = MappingProxyType[Shape, float]({"round": 7.0, "square": 0.0, "pill": 20.0})

STYLE = """
.calipso-graph{font:13px Helvetica,Arial,"DejaVu Sans",sans-serif}
.calipso-graph .panel{fill:#ffffff;stroke:#d0d7de}
.calipso-graph .lane{fill:#f3f5f8;stroke:#d8dee4}
.calipso-graph text{fill:#1f2328}
.calipso-graph .title{font-size:17px;font-weight:bold}
.calipso-graph .muted{font-size:11.5px;fill:#59636e}
.calipso-graph .label{font-size:10.5px;fill:#424a53;stroke:#ffffff;stroke-width:4px;
stroke-linejoin:round;paint-order:stroke}
.calipso-graph .node rect{stroke-width:2}
.calipso-graph .stale rect{stroke:#1f2328;stroke-width:1.4;stroke-dasharray:5 4}
.calipso-graph .focal rect{stroke:#1f2328;stroke-width:3}
.calipso-graph .kind{font-size:10.5px}
.calipso-graph .edge{fill:none;stroke-width:1.8}
.calipso-graph .up{stroke:#2f7ebc}
.calipso-graph .unknown{stroke:#8b949e;stroke-dasharray:2 4}
.calipso-graph .down{stroke:#d9480f;stroke-width:2.6;stroke-dasharray:9 5}
.calipso-graph .error{fill:#a4133c;stroke:#ffffff}
.calipso-graph .unheard{fill:#6639ba;stroke:#ffffff}
.calipso-graph .warning{fill:#ffffff;stroke:#1f2328;stroke-linejoin:round}
.calipso-graph .mark{fill:none;stroke:#ffffff;stroke-width:2;stroke-linecap:round}
.calipso-graph .warning-mark{fill:none;stroke:#1f2328;stroke-width:1.8;stroke-linecap:round}
@media (prefers-color-scheme:dark){
.calipso-graph .panel{fill:#0d1117;stroke:#30363d}
.calipso-graph .lane{fill:#161b22;stroke:#30363d}
.calipso-graph .title{fill:#e6edf3}
.calipso-graph .muted{fill:#9198a1}
.calipso-graph .label{fill:#c9d1d9;stroke:#0d1117}
.calipso-graph .focal rect{stroke:#ffffff}
}
"""

_OTHER = 8.5
_ADVANCES = MappingProxyType(
    {
        "": _OTHER,
        **dict.fromkeys("ijlI|!.,:;' ", 4.7),
        **dict.fromkeys('-()[]{}"/\\frt', 5.5),
        **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&#+<>=~_w", 10.5),
        **dict.fromkeys("mMW@%…", 13.2),
    }
)
"""Widths of characters at 13 pixels, in the widest of the usual sans-serif fonts; "" is any other."""


def advance(words: str, size: float) -> float:
    """Return how wide, in pixels, `words` are at most in letters of `size` pixels."""
    return sum(_ADVANCES.get(char, cells(char) * _OTHER) for char in words) * size / 13.0


def fitted(words: str, room: float, size: float) -> str:
    """Return `words`, cut in the middle where they are wider than `room` pixels."""
    return shorten(words, room * 13.0 / size, _ADVANCES)
