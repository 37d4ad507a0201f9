"""Queries as a reader of Chinese types them, written by hand: short forms, and words of names and departments.

A short form leaves characters of a name out and keeps the order of the rest: 东营旅游局 is 东营市旅游局, 发改委 is
国家发展改革委, 常德交警 is 常德市交通警察支队. Each reason says how the query is the name of the body.
"""

from collections.abc import Iterator

from tests.search.evaluation.accounts import Account, read_accounts
from tests.search.evaluation.picking import Question

# The query; the accounts, by platform and user id or handle, of which one has to come in the first three; why.
SHORT_FORMS = (
    ("东营旅游局", "weibo:2115998401", "东营市旅游局官方微博: 市 is left out"),
    ("济南旅游局", "weibo:2115973751", "济南市旅游局微博: 市 is left out"),
    ("德州旅游局", "weibo:2116048875", "德州市旅游局官方微博: 市 is left out"),
    ("福州旅游局", "weibo:2171536211", "福州市旅游局: 市 is left out"),
    ("哈尔滨旅游局", "weibo:2275846603", "哈尔滨市旅游局: 市 is left out"),
    ("大连旅游局", "weibo:2814046595", "大连市旅游局: 市 is left out"),
    ("桂林旅游委", "weibo:1989772524", "桂林市旅游发展委员会: 旅游委 is its usual short form"),
    ("北京旅游委", "weibo:1936009361", "北京市旅游发展委员会: 旅游委 is its usual short form"),
    ("杭州旅委", "weibo:1789342195", "杭州市旅游委员会: 旅委 is its usual short form"),
    ("福州公安", "weibo:1925694254", "福州市公安局: 市 is left out"),
    ("衡阳公安局", "weibo:2142660111", "衡阳市公安局: 市 is left out"),
    ("吉林公安局", "weibo:2959366295", "吉林市公安局: 市 is left out"),
    ("常德交警", "weibo:2057911392", "常德市交通警察支队: 交警 is short for 交通警察"),
    ("常德市政府", "weibo:2497233690", "常德市人民政府: 政府 for 人民政府"),
    ("国家卫健委", "weibo:2834480301", "国家卫生健康委员会 runs 健康中国: 卫健委 is its usual short form"),
    ("发改委", "weibo:5663214224", "国家发展改革委: 发改委 is its usual short form"),
    ("市场监管总局", "weibo:6535805862", "国家市场监督管理总局 runs 市说新语: 监管 for 监督管理"),
    ("工信部", "weibo:5149608258", "工业和信息化部 runs 工信微报: 工信部 is its usual short form"),
    ("文旅部", "weibo:5713450386", "文化和旅游部 runs 文旅之声: 文旅部 is its usual short form"),
    ("科技部", "weibo:5356414944", "科学技术部 runs 锐科技: 科技部 is its usual short form"),
    ("外管局", "weibo:5263752045", "国家外汇管理局 runs 外汇局发布: 外管局 is its usual short form"),
    ("国税总局", "weibo:5120551209", "国家税务总局: 国税 for 国家税务"),
    ("国家移民局", "weibo:6929716472", "国家移民管理局: 管理 is left out"),
    ("矿山安监局", "weibo:7293871891", "国家矿山安全监察局: 安监 for 安全监察"),
    ("粮储局", "weibo:6142709212", "国家粮食和物资储备局: 粮储局 is its usual short form"),
    (
        "内蒙古网信办",
        "weibo:2270636837",
        "内蒙古自治区互联网信息办公室 runs 活力内蒙古: 网信办 is its usual short form",
    ),
    ("湖南网信办", "weibo:3499010272", "湖南省互联网信息办公室 runs 湖南微政务: 网信办 is its usual short form"),
    ("四川政府新闻办", "weibo:1905843503", "四川省人民政府新闻办公室 runs 四川发布: 省人民 and 公室 are left out"),
    ("广东省政府新闻办", "weibo:2775872784", "广东省人民政府新闻办公室 runs 广东发布: 政府 for 人民政府"),
    ("江苏新闻办", "weibo:2784361770", "江苏省人民政府新闻办公室 runs 微博江苏: place and office"),
    ("重庆新闻办", "weibo:1988438334", "重庆市人民政府新闻办公室 runs 重庆发布: place and office"),
    ("宁夏政府", "weibo:3949984662", "宁夏回族自治区人民政府 runs 宁夏政务发布: place and government"),
    ("云南宣传部", "weibo:1662558237", "中共云南省委宣传部 runs 云南发布: 省委 is left out"),
    (
        "台北警察局",
        "facebook:policetaipei instagram:taipeipolice",
        "臺北市政府警察局, in simplified characters, 市政府 left out",
    ),
    ("高雄警察局", "youtube:UCY-5fu-Qc3xW5wkT2WW--fQ", "高雄市政府警察局: 市政府 is left out"),
    (
        "台北捷運",
        "facebook:metrotaipei instagram:metrotaipei youtube:UCzB3yIQLGbmeNyyUvSpC2Fw",
        "臺北大眾捷運股份有限公司: 大眾 is left out, 台 for 臺",
    ),
    (
        "香港图书馆",
        "facebook:readingisjoyful instagram:readingisjoyful x:hkplgovhk youtube:UCJUipdvSACZjO1ldoO3YQBA",
        "香港公共圖書館, in simplified characters, 公共 left out",
    ),
    (
        "新北圖書館",
        "facebook:newtaipeicitylibrary instagram:beautiful_new_taipei_library youtube:UCUY6FpbWvon6vzhfvU9idHg",
        "新北市立圖書館: 市立 is left out",
    ),
)
WORDS = (
    ("成都 旅游", "weibo:2164623652", "成都旅游微博: the only one of Chengdu about travel"),
    ("济南 公安", "weibo:1702549133", "济南公安"),
    ("成都 平安", "weibo:2206820037", "平安成都: the name turned round"),
    ("平安 北京", "weibo:1288915263", "平安北京, the police of Beijing"),
    ("徐汇发布", "weibo:2175830437", "上海徐汇发布: nobody in Shanghai types 上海 first"),
    ("松江发布", "weibo:2620648747", "上海松江发布"),
    ("广州发布", "weibo:2605594314", "中国广州发布: 中国 is left out"),
    ("大庆发布", "weibo:5000611793", "中国大庆发布: 中国 is left out"),
    ("赣州旅游", "weibo:2174819272", "江西赣州旅游: the province is left out"),
    ("佛山旅游", "weibo:2804925804", "佛山-旅游: nobody types the hyphen"),
    ("上海 司法", "weibo:2652595170", "上海司法行政发布"),
    ("鄂尔多斯 旅游", "weibo:2142059811", "鄂尔多斯旅游局"),
    ("国资委", "weibo:2752396553", "国务院国资委新闻中心 runs 国资小新"),
    ("商务部", "weibo:2848929290", "商务部新闻办 runs 商务微新闻"),
    ("民政部", "weibo:2565811051", "民政部新闻办 runs 民政微语"),
    ("交通运输部", "weibo:7073634525", "交通运输部 runs 中国交通"),
    ("国防部", "weibo:5611549371", "国防部新闻局 runs 国防部发布"),
    ("证监会", "weibo:3802136340", "证监会发布"),
    ("海关总署", "weibo:5832321505", "海关总署办公厅 runs 海关发布"),
    ("广电总局", "weibo:7408066931", "国家广电总局信息中心 runs 视听中国"),
    ("国家统计局", "weibo:3919628624", "国家统计局新闻办公室 runs 中国统计"),
    ("人民银行", "weibo:3921015143", "中国人民银行办公厅 runs 央行微播"),
    ("央行", "weibo:3921015143", "央行微播: 央行 is what everyone calls it"),
    ("文物局", "weibo:3896555376", "国家文物局 runs 中国文博"),
    ("消防救援局", "weibo:3549916270", "国家消防救援局 runs 中国消防"),
    ("中科院", "weibo:3494982177", "中科院之声"),
    ("中国科学院", "weibo:3494982177", "中国科学院 runs 中科院之声"),
    ("外交部", "weibo:1938330147", "外交部"),
    ("国密局", "weibo:5994847966", "国密局网站"),
    ("省委宣传部", "weibo:1662558237", "中共云南省委宣传部 runs 云南发布, the only one of its kind here"),
    ("国家民委", "weibo:7921810443", "国家民委融媒体中心 runs 道中华"),
    ("上海市政府新闻办", "weibo:2539961154", "上海市政府新闻办公室 runs 上海发布"),
    ("北京地铁", "weibo:bjsubway", "北京地铁"),
    ("杭州 地铁", "weibo:hangzhouditie", "杭州地铁"),
    ("海口 旅游", "weibo:1917587477", "海口旅游咨询服务中心"),
    ("pingan dongwan", "weibo:1719711161", "平安东莞: whoever does not know the place reads 莞 as wan"),
    ("zhongqing fabu", "weibo:1988438334", "重庆发布: whoever does not know the place reads 重 as zhong"),
    ("gongan jinan", "weibo:1702549133", "济南公安 in pinyin, turned round"),
    ("成都 lvyou", "weibo:2164623652", "成都旅游微博: one word in characters, one in pinyin"),
)


def questions() -> Iterator[Question]:
    """Yield the questions; an account that the starter data have not is a KeyError."""
    accounts = {":".join(account.key): account for account in read_accounts()}
    for kind, written in (("reader-of-chinese-short-forms", SHORT_FORMS), ("reader-of-chinese-words", WORDS)):
        for query, keys, why in written:
            answer: tuple[Account, ...] = tuple(accounts[key] for key in keys.split())
            yield Question(query, why, {}, kind, answer)
