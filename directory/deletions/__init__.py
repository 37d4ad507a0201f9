"""Taking records off the registry: deletion, erasure, and whom imports may not bring back."""
