"""What starts the measured processes, edits their files and keeps the figures."""
