"""The present view as one HTML file that opens without a server or a network, and prints to A4."""

from retail_panel.report.report import Report, Step
from retail_panel.report.state import State

__all__ = ["Report", "State", "Step"]
