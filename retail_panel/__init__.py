"""Retail Panel: a live, cross-filtered workbench for retail KPIs and RFM customer segmentation."""

__version__ = "0.1.0"
