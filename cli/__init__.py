"""`medpro`: the REST API from a terminal. It knows what everyone knows, and nothing of the services."""
