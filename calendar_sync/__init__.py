"""Calendars in, changes out: pure formats and comparison, thin adapters."""
