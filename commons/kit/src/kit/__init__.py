"""How a piece of Trama runs. No word of the business in here."""
