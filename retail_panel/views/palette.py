"""Colours of the charts; each is readable on the light and on the dark paper."""

CONTEXT = "#94a3b8"
CONTEXT_ALPHA = 0.38
SELECTED = "#3b82f6"
PENDING_ALPHA = 0.35
BRUSH = "#64748b"
TEXT = {"light": "#475569", "dark": "#cbd5e1"}
GRID_LINE = {"light": "#e2e8f0", "dark": "#334155"}
#: Series beside one another: neighbours differ in lightness too.
SERIES = (
    "#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#06b6d4", "#ec4899", "#84cc16", "#a16207", "#64748b",
    "#14b8a6",
)  # fmt: skip
#: From little to much, and from below to above: readable words stand on either end.
RAMP = ("#dbeafe", "#93c5fd", "#60a5fa", "#3b82f6", "#2563eb", "#1d4ed8")
DIVERGING = ("#b91c1c", "#ef4444", "#fca5a5", "#cbd5e1", "#93c5fd", "#3b82f6", "#1d4ed8")
