"""/docs: the manual as one page, written on the server from the description that /openapi.json gives."""
