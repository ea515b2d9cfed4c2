"""The front door: application, use cases, store, jobs and command line."""
