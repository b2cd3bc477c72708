"""Links: a file a family, each with its types (`LINK_TYPES`) and its function (`find`).

Links that follow from an object's attribute are declared with the object's kind instead.
"""
