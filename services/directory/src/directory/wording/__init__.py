"""How text is cleaned before it is kept, and folded before it is compared."""
