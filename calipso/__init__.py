"""Calipso: discovers and shows the virtual networking of OpenStack clouds."""
