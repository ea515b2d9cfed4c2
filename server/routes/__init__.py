"""HTTP in, use case, page out. No rules and no SQL live here."""
