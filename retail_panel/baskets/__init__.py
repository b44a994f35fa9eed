"""Baskets: how large orders are, what is bought together, and what to offer whom because of it."""
