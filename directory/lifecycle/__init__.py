"""The life of an account as operations with rules, each with its inverse: docs/lifecycle.md has the states."""
