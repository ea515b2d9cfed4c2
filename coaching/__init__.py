"""The rules of blended coaching: pure decisions, without clock, network or database."""
