-- A word within two edits is found by two of its four quarters, where one of its three thirds was found: a fifth of the
-- words come into question. See directory/search/spelling.py.
CREATE TEMP TABLE known_words ON COMMIT DROP AS SELECT DISTINCT word FROM search_words;
TRUNCATE search_words;
INSERT INTO search_words (part, word)
SELECT length(word) || kept.mark
       || (SELECT string_agg(
               substr(word, length(word) * piece / kept.of + 1,
                      length(word) * (piece + 1) / kept.of - length(word) * piece / kept.of), '' ORDER BY piece)
             FROM unnest(kept.pieces) AS piece),
       word
  FROM known_words,
       (VALUES ('a', ARRAY[0], 2, 3, 8), ('b', '{1}', 2, 3, 8),
               ('q', '{0,1}', 4, 6, NULL), ('r', '{0,2}', 4, 6, NULL), ('s', '{0,3}', 4, 6, NULL),
               ('t', '{1,2}', 4, 6, NULL), ('u', '{1,3}', 4, 6, NULL), ('v', '{2,3}', 4, 6, NULL))
       AS kept (mark, pieces, of, shortest, longest)
 WHERE length(word) BETWEEN kept.shortest AND coalesce(kept.longest, length(word))
    ON CONFLICT DO NOTHING;
ANALYZE search_words;
