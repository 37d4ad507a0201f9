-- GET /v1/accounts/ID

SELECT left(document, -1) || ',"handles":' || coalesce((
       SELECT array_to_json(array_agg(row_to_json(h)))::text
         FROM (SELECT handle, valid_from, valid_to
                 FROM handles
                WHERE account_id = accounts.id
                ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS h), '[]') || '}'
  FROM account_records AS accounts
 WHERE id = :'id';
