"""What `make` runs. `prepare` and what it imports need only Python itself."""
