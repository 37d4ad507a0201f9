"""`directory collect`: counts of the accounts that the registry has, by the connectors of `directory sync`.

A connector whose rows have counts is a collector too: see `Connector.observes`, and docs/connectors.md.
"""
