"""Insight: sentences with evidence. Pure functions: a question to the engine, a small answer, plain words."""
