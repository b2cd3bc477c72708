"""What there is to ask: each module declares its `ROUTES`."""
