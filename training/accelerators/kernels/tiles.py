"""How kernels go over feature maps: in tiles of pixels by channels, along whichever lies next to each other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

ELEMENTS = 2048  # of a tile: 16 for each of 128 threads
CHANNELS = 64  # of a tile in channels-last layout, at most


def layout(x: Tensor) -> torch.memory_format:
    """Channels last where x [N, C, H, W] is so and has several channels, else channels first."""
    last = x.shape[1] > 1 and x.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


class Tiles(NamedTuple):
    """A feature map [N, C, H, W] without gaps as kernels see it."""

    images: int
    channels: int
    height: int
    width: int
    stride_c: int  # elements from a channel to the next
    stride_p: int  # elements from a pixel to the next, row by row
    block_p: int  # pixels of a tile
    block_c: int  # channels of a tile

    @classmethod
    def of(cls, x: Tensor) -> Tiles:
        """x: in one of the two layouts of `layout`."""
        images, channels, height, width = x.shape
        if layout(x) == torch.channels_last:
            block = min(CHANNELS, 1 << (channels - 1).bit_length())
            return cls(images, channels, height, width, 1, channels, ELEMENTS // block, block)
        return cls(images, channels, height, width, height * width, 1, ELEMENTS, 1)

    @property
    def pixels(self) -> int:
        return self.height * self.width

    def grid(self, pixels: int) -> tuple[int, int, int]:
        """Programs that each take so many pixels of one image."""
        return -(-self.pixels // pixels), -(-self.channels // self.block_c), self.images


def compute_type(x: Tensor) -> torch.dtype:
    """float32, also for what is stored in 16 bits; float64 stays."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32
