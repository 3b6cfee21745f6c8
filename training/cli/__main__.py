"""`python -m training.cli`, as torchrun wants it."""

from training.cli import main

main()
