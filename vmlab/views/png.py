"""A picture of few colours as PNG, the same bytes everywhere."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]

#: Not sent, sent, dirty, asked for: the four-colour set that stays apart for every eye.
PAGE_COLOURS: tuple[Colour, ...] = (
    (0xEE, 0xEE, 0xEE), (0x56, 0xB4, 0xE9), (0xE6, 0x9F, 0x00), (0x00, 0x00, 0x00),
)  # fmt: skip


def png(indices: NDArray[np.uint8], palette: tuple[Colour, ...]) -> bytes:
    """An indexed picture, two bits a pixel.

    Parameters
    ----------
    indices : numpy.ndarray of uint8, shape (height, width)
        Places in the palette, 0 to 3.
    palette : tuple of (red, green, blue)
        At most four colours, 0 to 255.

    Returns
    -------
    bytes
        The file. Its data are stored, not deflated: how zlib deflates changes
        with its version, and saved notebooks are compared byte for byte.
    """
    height, width = indices.shape
    pixels = np.zeros((height, -(-width // 4) * 4), dtype=np.uint8)
    pixels[:, :width] = indices
    packed = pixels[:, 0::4] << 6 | pixels[:, 1::4] << 4 | pixels[:, 2::4] << 2 | pixels[:, 3::4]
    rows = b"".join(b"\0" + row.tobytes() for row in packed)
    header = struct.pack(">IIBBBBB", width, height, 2, 3, 0, 0, 0)
    colours = b"".join(bytes(colour) for colour in palette)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", colours),
        (b"IDAT", zlib.compress(rows, 0)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def data_uri(picture: bytes) -> str:
    """A picture as the value of an `src` attribute."""
    return f"data:image/png;base64,{b64encode(picture).decode('ascii')}"
