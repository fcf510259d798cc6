#!/bin/sh
# A database and a role for each piece of TRAMA_PIECES. Runs before the migrations at every start, and changes nothing
# that is there: so a piece that is added later gets its database too, and a new password in the secrets takes effect.
# Nothing is asked of the superuser afterwards: a piece owns its database and may not enter another's.
set -eu

for piece in $(printf %s "$TRAMA_PIECES" | tr ',' ' '); do
  eval "password=\${TRAMA_$(printf %s "$piece" | tr '[:lower:]' '[:upper:]')_DB_PASSWORD:-}"
  case $password in
    '' | *[!A-Za-z0-9_-]*)
      echo "databases: the password of $piece must be letters, digits, _ and - (it is part of an address)" >&2
      exit 2
      ;;
  esac
  # Over standard input, because a command line can be read by others.
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set name="$piece" <<SQL
\set password '$password'
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
  echo "databases: $piece is there"
done
