"""Each figure that the README claims, as one runnable command, beside its peer or its floor."""
