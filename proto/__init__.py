"""What travels between the services: messages, subjects, problems. No I/O, no imports but msgspec."""
