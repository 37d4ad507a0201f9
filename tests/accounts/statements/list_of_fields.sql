-- GET /v1/accounts?fields=id,name,url

SELECT (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json, "name" json, "url" json)), (accounts.id)::text
  FROM account_records AS accounts
 ORDER BY accounts.id
 LIMIT 26;
