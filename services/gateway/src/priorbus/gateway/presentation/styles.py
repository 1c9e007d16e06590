"""Both wire styles."""

from collections.abc import Mapping

from priorbus.gateway.presentation.style import Style, StyleName
from priorbus.gateway.presentation.style_b import STYLE_B
from priorbus.gateway.presentation.style_c import STYLE_C

STYLES: Mapping[StyleName, Style] = {"B": STYLE_B, "C": STYLE_C}
