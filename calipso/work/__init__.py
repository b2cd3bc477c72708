"""Work: what takes up scans that were asked for, schedules, and tests of connections."""
