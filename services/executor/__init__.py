"""Executor runs scripts on hosts over SSH and ships their logs. It keeps nothing: others may take a run over."""
