"""Accounts, departments and regions in the order of followers, growth or posts."""
