"""Intake: raw rows of any source in, clean batches, rows set aside and a quality report out."""

from retail_panel.intake.block import Block
from retail_panel.intake.cleaning import clean
from retail_panel.intake.load import inspect, load, readings
from retail_panel.intake.mapping import Mapping
from retail_panel.intake.plan import Plan
from retail_panel.intake.quality import QualityReport

__all__ = ["Block", "Mapping", "Plan", "QualityReport", "clean", "inspect", "load", "readings"]
