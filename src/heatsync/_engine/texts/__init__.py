"""What texts say, and how two versions of them differ: values only, no module, thread or clock."""
