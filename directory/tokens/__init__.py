"""Tokens: who may write by HTTP, and what."""
