"""How Sensu's events come to Calipso: spooled on the backend's host, and from there sent in bulk.

It needs the standard library only, of Python 3.8 or later.
"""
