"""Dues: plans, invoices, payments, reminders."""
