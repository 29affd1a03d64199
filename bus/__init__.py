"""The bus: the only place that imports nats. Publishing, requests and pulling, with deadlines and our errors."""
