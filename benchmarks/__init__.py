"""How fast kimai-aimport is, beside the ideal and beside simpler clients: `python -m benchmarks`."""
