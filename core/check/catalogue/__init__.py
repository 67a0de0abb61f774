"""The catalogue of mistakes, chapter by chapter: each rule got wrong stands above its entry."""
