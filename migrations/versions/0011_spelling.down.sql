CREATE TEMP TABLE known_words ON COMMIT DROP AS SELECT DISTINCT word FROM search_words;
TRUNCATE search_words;
INSERT INTO search_words (part, word)
SELECT length(word) || kept.mark
       || substr(word, length(word) * kept.piece / kept.of + 1,
                 length(word) * (kept.piece + 1) / kept.of - length(word) * kept.piece / kept.of),
       word
  FROM known_words,
       (VALUES ('a', 0, 2, 3, 8), ('b', 1, 2, 3, 8), ('x', 0, 3, 6, NULL), ('y', 1, 3, 6, NULL), ('z', 2, 3, 6, NULL))
       AS kept (mark, piece, of, shortest, longest)
 WHERE length(word) BETWEEN kept.shortest AND coalesce(kept.longest, length(word))
    ON CONFLICT DO NOTHING;
