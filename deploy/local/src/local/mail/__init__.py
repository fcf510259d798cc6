"""The mail catcher: takes every letter that a network on this machine sends and shows it, instead of sending it."""
