"""Work that is done later, durably: the outbox, and what sends studies on."""
