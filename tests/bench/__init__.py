"""What the engine costs, beside bare references measured in the same run: `make bench`."""
