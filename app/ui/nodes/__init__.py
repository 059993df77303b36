"""Remote nodes: who may call, and whom this server reaches."""
