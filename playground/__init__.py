"""A place to train a small neural network and see it learn."""

__version__ = "0.1.0"
