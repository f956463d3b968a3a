"""What runs inside of a measured process."""
