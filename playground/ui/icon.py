"""The icon in the browser's tab: a small network, drawn here because an icon font needs the net."""

from __future__ import annotations

from PIL import Image, ImageDraw

from playground.charts.palette import TRAIN, VALIDATION

_SIZE = 64
_INPUTS = ((14, 14), (14, 32), (14, 50))
_OUTPUTS = ((50, 22), (50, 42))
_RADIUS = 7


def icon() -> Image.Image:
    """Return the icon, 64×64 on a clear ground."""
    image = Image.new("RGBA", (_SIZE, _SIZE))
    draw = ImageDraw.Draw(image)
    for start in _INPUTS:
        for end in _OUTPUTS:
            draw.line((start, end), fill="#808894", width=3)
    for points, colour in ((_INPUTS, TRAIN), (_OUTPUTS, VALIDATION)):
        for x, y in points:
            draw.ellipse((x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS), fill=colour)
    return image
