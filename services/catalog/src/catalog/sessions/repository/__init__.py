"""Every statement about sessions. Locks are taken in this order: orders' reservations, products, series,
sessions, stock, bookings and their reservations."""
