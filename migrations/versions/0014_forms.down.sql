-- The program before folds and compares otherwise, and cuts all accounts anew at its next start.
INSERT INTO search_pending (account_id) SELECT id FROM accounts ON CONFLICT DO NOTHING;
