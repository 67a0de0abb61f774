"""Why a number is what it is, why two are the same, and which units are identical."""
