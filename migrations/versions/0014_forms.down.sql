-- The program before folds these characters otherwise, and cuts them anew at its next start.
INSERT INTO search_pending (account_id)
SELECT a.id
  FROM accounts AS a
  LEFT JOIN departments AS d ON d.id = a.department_id
 WHERE concat_ws(' ', a.name, a.names::text, a.handle, d.name) ~ (
       '['
       '⺁-⻲⾭ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ㈸㊘㌁㌆㌌㌒㌗㌩㌲㌳㌴㍅㍇㍑㍗両乗亀亜仏仮伝'
       '価倂値倶倹働兎児円冨処剣剤剰労効勅勧勲単厳収呉呑唖営噛嚢団囲図圀圏圧埜塁塩増壊壌壱売壷変奨妬姫娯嬢実'
       '寛対専尭嵜嶋嶌巌巣巻帯帰庁広廃廻弐弾彊従徳徴応恵悩悪愼懐戦戯戱戸戻払抜択拝拠拡挙挿捜掲掻揺摂撃撹擧敍'
       '斉斎晄晩暁暦曽栄桜桝桟検楽槇槗様槪権歓歩歯歳歴毎気氷汚沢浄涙涜淸渇済渉渋渓渕満溌滝潅澁濵瀬焔焼犠猟獣'
       '甁畳疎痩発皐県砕砲硏碕稲穂穏穐穣窓竃竜竝篭粋粛経絵継続総緖縁縄縦繊繋繍罸聡聴脇脳臓舎舗艶荘萠蔵薫薬蛍'
       '蝋蝿衞襃覇覚覧観訳読諌譲讃讐豊賎賛転軽辺逓遅邉郞郷鄕酔醤醸釈鉄鉱銭鋳錬鎗鑛関闘陥険隠隣隷雑霊靑靭韮頚'
       '頬頴頼顕颕飜飮餠駄駅駆騒験髄髙髪鬭鴎鴬鶏鹸麹麺黒黙齢隣﨑郞隷恵ｧｨｩｪｫｬｭｮｯ🈵🈺倂売壷槪穏'
       ']')
    ON CONFLICT DO NOTHING;
