"""The networks: one file each, the way in and the way out side by side."""
