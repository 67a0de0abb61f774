"""Says what was found: the answer as data and as text, crashes, and notes."""
