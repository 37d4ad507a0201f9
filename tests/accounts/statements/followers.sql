-- GET /v1/accounts/ID/followers

SELECT row_to_json(o)::text, o.observed_at::text, o.source
  FROM (SELECT observed_at, source, followers, posts, last_post_at
          FROM observations
         WHERE account_id = :'id' AND true
         ORDER BY observed_at DESC, source DESC
         LIMIT 101) AS o;

SELECT left(document, -1) || ',"handles":' || coalesce((
       SELECT array_to_json(array_agg(row_to_json(h)))::text
         FROM (SELECT handle, valid_from, valid_to
                 FROM handles
                WHERE account_id = accounts.id
                ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS h), '[]') || '}'
  FROM account_records AS accounts
 WHERE id = :'id';
