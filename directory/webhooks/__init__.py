"""Webhooks: who is told of changes by HTTP, by signed messages that are sent again until they arrive."""
