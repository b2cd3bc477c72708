"""The REST API: what programs ask of Calipso over HTTP."""
