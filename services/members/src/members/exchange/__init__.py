"""Members pay each other, in money or community credit: the payer sends, or the payee asks and the payer accepts."""
