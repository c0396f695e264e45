"""The parts of the comparison: targets, scripts, replies and the report."""
