"""The loops that `python -m playground benchmark` compares, in processes of their own."""
