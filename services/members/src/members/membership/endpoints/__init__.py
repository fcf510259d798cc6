"""HTTP of members."""

from members.membership.endpoints import forms, lists, people, standing

#: Lists come first: their addresses look like members' ids.
ROUTERS = (forms.router, lists.router, people.router, standing.router)
