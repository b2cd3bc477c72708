"""Monitoring: what is configured for Sensu, and what Sensu tells."""
