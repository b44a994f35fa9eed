"""Scope, selection and the cubes that answer a brush."""
