DROP TRIGGER pending_lists_insert ON search_states;
DROP TRIGGER pending_lists_update ON search_states;
DROP TRIGGER step2_pending_lists_insert ON account_search;
DROP TRIGGER step2_pending_lists_update ON account_search;
ALTER TRIGGER step1_states_update ON account_search RENAME TO states_update;
ALTER TRIGGER step1_states_delete ON account_search RENAME TO states_delete;
DROP FUNCTION clean_pending_lists();
ALTER INDEX account_search_terms SET (fastupdate = off);
ALTER INDEX account_search_look_alikes SET (fastupdate = off);
