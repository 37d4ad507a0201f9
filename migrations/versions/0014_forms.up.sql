-- Japanese forms of Chinese characters, small kana and radicals are folded (directory/text/ideographs.py), and characters that
-- look alike are those of Unicode 17 and of directory/lookalikes/alike_han.txt; hosts have keys of their own. So every account is
-- cut anew at the program's next start: some 100 s for 1,000,000.
INSERT INTO search_pending (account_id) SELECT id FROM accounts ON CONFLICT DO NOTHING;

-- Terms that held before names changed are not cut again, as the names are in versions alone: their characters are folded
-- where they stand.
CREATE TEMP TABLE folded_characters ON COMMIT DROP AS SELECT
       'ぁぃぅぇぉっゃゅょゎゕゖ両乗亀亜仏仮伝価倂値倶倹働兎児円冨処剣剤剰労効勅勧勲単厳収呉呑唖営噛嚢団囲図'
       '圀圏圧埜塁塩増壊壌壱売壷変奨妬姫娯嬢実寛対専尭嵜嶋嶌巌巣巻帯帰庁広廃廻弐弾彊従徳徴応恵悩悪愼懐戦戯戸'
       '戻払抜択拝拠拡挙挿捜掲掻揺摂撃撹擧敍斉斎晄晩暁暦曽栄桜桝桟検楽槇槗様槪権歓歩歯歳歴毎気氷汚沢浄涙涜淸'
       '渇済渉渋渓渕満溌滝潅澁濵瀬焔焼犠猟獣甁畳疎痩発皐県砕砲硏稲穂穏穐穣窓竃竜竝篭粋粛経絵継続総緖縁縄縦繊'
       '繋繍罸聡聴脇脳臓舎舗艶荘萠蔵薫薬蛍蝋蝿衞襃覇覚覧観訳読諌譲讃讐豊賎賛転軽辺逓遅邉郞郷鄕酔醤醸釈鉄鉱銭'
       '鋳錬鎗鑛関闘陥険隠隣隷雑霊靑靭韮頚頬頼顕颕飜飮餠駄駅駆騒験髄髙髪鬭鴎鴬鶏鹸麹麺黒黙齢﨑'
       AS forms,
       'あいうえおつやゆよわかけ两乘龟亚佛假传价并值俱俭动兔儿圆富处剑剂剩劳效敕劝勋单严收吴吞哑营啮囊团围图'
       '国圈压野垒盐增坏壤壹卖壶变奖妒姬娱娘实宽对专尧崎岛岛岩巢卷带归厅广废回贰弹强从德征应惠恼恶慎怀战戏户'
       '戾拂拔择拜据扩举插搜揭搔摇摄击搅举叙齐斋晃晚晓历曾荣樱枡栈检乐槙桥样概权欢步齿岁历每气冰污泽净泪渎清'
       '渴济涉涩溪渊满泼泷灌涩滨濑焰烧牺猎兽瓶叠疏瘦发皋县碎炮研稻穗稳秋穰窗灶龙并笼粹肃经绘继续总绪缘绳纵纤'
       '系绣罚聪听胁脑脏舍铺艳庄萌藏薰药萤蜡蝇卫褒霸觉览观译读谏让赞仇丰贱赞转轻边递迟边郎乡乡醉酱酿释铁矿钱'
       '铸炼枪矿关斗陷险隐邻隶杂灵青韧韭颈颊赖显颖翻饮饼驮驿驱骚验髓高发斗鸥莺鸡碱曲面黑默龄崎'
       AS characters;
UPDATE search_states AS s
   SET texts = translate(s.texts, f.forms, f.characters),
       terms = array_to_tsvector(ARRAY(SELECT translate(lexeme, f.forms, f.characters) FROM unnest(s.terms))),
       look_alikes = ARRAY(SELECT translate(key, f.forms, f.characters) FROM unnest(s.look_alikes) AS key)
  FROM folded_characters AS f
 WHERE s.texts ~ ('[' || f.forms || ']');
