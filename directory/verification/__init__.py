"""Proofs of ownership: what departments publish about their accounts, checked, kept as evidence, and checked again."""
