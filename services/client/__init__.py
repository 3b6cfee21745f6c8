"""The Python client: the RPCs as methods, over a channel or in this process.

from services.client import Client

with Client.connect("127.0.0.1:50051") as client:
    for image in client.sample(seeds=[1, 2, 3]):
        image.save(f"{image.latent_id}.png")
"""

from services.client.answers import Description, FoundSeed, InterpolationStep, Segmentation, SweepStep, Transfer
from services.client.choices import Budget, Picture, Sampling, Within
from services.client.client import Client
from services.client.image import Image

__all__ = [
    "Budget",
    "Client",
    "Description",
    "FoundSeed",
    "Image",
    "InterpolationStep",
    "Picture",
    "Sampling",
    "Segmentation",
    "SweepStep",
    "Transfer",
    "Within",
]
