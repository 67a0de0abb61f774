"""The mistakes that are tried at the first wrong place, by chapter."""
