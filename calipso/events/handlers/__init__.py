"""Handlers: a file for each thing that events tell of, a small function for each way it changes."""
