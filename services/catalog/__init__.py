"""Catalog owns sources and jobs, and launches executions."""
