"""The catalogue in the Data Food Consortium's words, in both versions of its ontology."""
