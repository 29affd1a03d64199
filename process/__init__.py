"""What every service's process is made of: settings, the environments file, logs, an orderly end."""
