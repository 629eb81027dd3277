"""Experiments: the same model, figures and controllers as the live plant, without a network."""
