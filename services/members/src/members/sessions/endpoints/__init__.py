"""HTTP of signing in, and of what one signs in with."""

from members.sessions.endpoints import account, tokens

ROUTERS = (tokens.tokens, tokens.router, account.own, account.lost, account.confirming)
