"""Customers: RFM, scores, segments and clusters, always computed within a scope."""

from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.customers.population import Group, Population
from retail_panel.customers.rfm import RFMDefinition, rfm_question

__all__ = ["CustomersPipeline", "Group", "Population", "RFMDefinition", "rfm_question"]
