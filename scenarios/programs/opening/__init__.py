"""Opens a watched program: as a graph to step through, or as a scenario."""
