"""Gateway: the REST API (and the pages) over the bus. It has no database and no SSH."""
