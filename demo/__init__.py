"""The whole stack on one machine, with an SSH server that plays the MedPro host and migrations that really migrate."""
