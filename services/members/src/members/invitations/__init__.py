"""Invitations: a code, printed or shared, that lets somebody in without a form to be checked."""
