"""The model kernel: all that a plant file needs."""
