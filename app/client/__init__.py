"""The only way to a server: typed calls over HTTP, the change feed, the embedded server."""
