"""The oracle: after any edit, the live process is as one that imports the new files anew."""
