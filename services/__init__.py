"""The services: catalog, executor and logsink."""
