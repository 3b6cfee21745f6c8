"""How a job is cut into shards."""

from collections.abc import Iterator


class Cut:
    """The indices of each shard, in order. Takes no memory, however many images a document asks for."""

    def __init__(self, images: int, shard_images: int) -> None:
        """`images` of a job, 0 or more; `shard_images` of each shard but the last, 1 or more."""
        self._images, self._starts = images, range(0, images, shard_images)

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, shard: int) -> range:
        start = self._starts[shard]
        return range(start, min(start + self._starts.step, self._images))

    def __iter__(self) -> Iterator[range]:
        return (self[shard] for shard in range(len(self)))
