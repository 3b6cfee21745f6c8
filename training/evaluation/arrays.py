"""What components.npz and regions.npz must fit to be measured on a network."""

from __future__ import annotations

from mammoganesis.bundle.arrays import NetworkSizes
from training.evaluation.network import Network


def sizes_of(network: Network) -> NetworkSizes:
    """The sizes of a network, for `mammoganesis.bundle.arrays`."""
    outputs = {layer.name: (None, layer.resolution) for layer in network.layers if not layer.name.endswith("torgb")}
    return NetworkSizes(len(network.w_avg), sum(layer.dim for layer in network.layers), network.digest, outputs)
