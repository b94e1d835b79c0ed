"""PNG of a third of the bytes: with few colours."""

from collections import Counter
from io import BytesIO

from PIL import Image

_COLOURS = 256
"""As many as a palette has."""


def small(png: bytes) -> bytes:
    """The same picture, its rarest shades as one of their nearest; what covers most keeps its colour to the bit."""
    image = Image.open(BytesIO(png)).convert("RGB")
    indexed = image.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)
    # By itself it gives the mean of the shades that it takes together: a ground would be hardly the page's any more.
    parts = image.tobytes()
    shades = Counter(zip(indexed.tobytes(), zip(parts[::3], parts[1::3], parts[2::3], strict=True), strict=True))
    most = dict(shade for shade, _ in reversed(shades.most_common()))
    indexed.putpalette([part for index in range(_COLOURS) for part in most.get(index, (0, 0, 0))])
    written = BytesIO()
    indexed.save(written, "PNG", optimize=True)
    return written.getvalue()
