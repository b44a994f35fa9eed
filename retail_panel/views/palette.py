"""Colours of the charts; each is readable on the light and on the dark paper."""

CONTEXT = "#94a3b8"
CONTEXT_ALPHA = 0.38
SELECTED = "#3b82f6"
PENDING_ALPHA = 0.35
BRUSH = "#64748b"
TEXT = {"light": "#475569", "dark": "#cbd5e1"}
GRID_LINE = {"light": "#e2e8f0", "dark": "#334155"}
