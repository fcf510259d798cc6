"""Spreadsheets come in: this network's own, Open Food Network's product list, Foodsoft's article list."""
