"""The lists go out: as spreadsheets for other programs and for people, and as the Data Food Consortium's catalogue."""
