"""What the editing services need to know about a trained generator.

components.py   principal components of W (GANSpace, Härkönen et al. 2020): directions for global edits
clustering.py   spherical k-means
regions.py      semantic regions and what every style channel does in them (Editing in Style, Collins et al. 2020)
commands.py     `mammoganesis-training discover components|regions`
"""

from training.discovery.components import find_components
from training.discovery.regions import RegionSearch, find_regions

__all__ = ["RegionSearch", "find_components", "find_regions"]
