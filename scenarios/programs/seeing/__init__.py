"""Sees what a running program computes: its text with probes, and every number they note."""
