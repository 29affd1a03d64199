"""logsink owns the logs, the progress and the outcome of executions."""
