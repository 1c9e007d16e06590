"""How the storage service reaches what is not its database, broker or object store."""
