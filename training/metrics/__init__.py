"""How good samples are: one file per metric, a registry, pluggable feature extractors, the command line.

    metric       what a metric is: what it needs, what it may use, whether lower or higher is better
    registry     name -> metric
    fid kid precision_recall density_coverage ppl ms_ssim frd      the metrics
    judges       the extractors that are built in: random_projection, lite0, opennsfw; and who may not judge whom
    extractors   image -> features: a TorchScript or ONNX file
    radiomics    image -> first-order, co-occurrence and shape features of the breast
    samples      reals and fakes as features, radiomics and images
    evaluation   metric, floor of reals against reals, bootstrap interval
    during       the same inside a training run
    nearest      nearest training images, by features, pixels and details: is anything copied?
    choices fake_sources report commands neighbours      the command line

Shapes: N images, D features, C channels, H and W pixels. Images are uint8 or float in [0, 255]; 0 is -1 and 255 is 1 in
the range of the networks.
"""
