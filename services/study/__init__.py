"""The reader study's own work: pure functions on designs, images and answers, without SQL and without transport.

design       what a design may be, and what stands for what it leaves out; wording: what readers are told then
protocol     what is frozen before the first answer
generation   recipes of the synthetic images; pool: which images there are
pictures     the one way of real and synthetic images to a reader; likeness: which look alike
allocation   who reads what, in which order; orders: Latin and Williams squares
reading      where a reader stands, and what an answer may be
remarks      what should be known before the start
places       where pictures were changed, and whether marks meet it; localisation: the task of marks against it
closed       a study that has closed, whole; ratings, images: its answers as what they say; conclusions, results
report       of a study or of ratings from elsewhere, as HTML and PDF; exports: files for other programs
"""
