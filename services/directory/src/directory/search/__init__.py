"""Finding entries: by words, in a box of the map, near a place, by what they do."""
