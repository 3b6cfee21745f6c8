"""Training of MammoGANesis: mammograms in, checkpoints and bundles out.

The way of the data:

    PNG, JPEG, DICOM --data.prepare--> uint8 shards --loop--> checkpoints --discovery--> components, regions
                                                                   `----------export-----------> bundle

Nothing here is imported by the serving side; the two meet at the bundle.
"""
