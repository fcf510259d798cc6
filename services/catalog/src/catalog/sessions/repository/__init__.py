"""Every statement about sessions. Locks are taken in this order: reservations, products, stock, bookings."""
