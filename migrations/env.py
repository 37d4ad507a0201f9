"""Alembic's entry: run the revisions over the connection that `directory.database.migrations` opened."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    message = "run migrations by `directory migrate`: alembic alone does not know the database"
    raise RuntimeError(message)
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
