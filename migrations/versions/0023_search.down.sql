DROP TRIGGER clean_pending_lists ON search_states;
DROP TRIGGER clean_pending_lists ON account_search;
DROP FUNCTION clean_pending_lists();
ALTER INDEX account_search_terms SET (fastupdate = off);
ALTER INDEX account_search_look_alikes SET (fastupdate = off);
