"""What Alembic runs to bring a database forward: on the connection, in the transaction, that it is given."""

from alembic import context

from kissbot.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
