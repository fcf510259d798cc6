"""Pictures that members upload: made small, freed of what phones write into them, kept, served, forgotten."""
