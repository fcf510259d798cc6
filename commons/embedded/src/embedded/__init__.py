"""PostgreSQL and NATS out of packages, for machines that have neither: see `embedded.postgres` and `embedded.nats`."""
