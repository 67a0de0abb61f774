"""Scenarios: YAML files that say a network, its data, its story and its published numbers."""
