"""How likely bytes are as text of a language in a character encoding, from the frequency of its letters.

Each candidate decodes the same bytes; its score is the sum of the logarithms of the frequencies of its characters
beyond ASCII, and of how they stand beside each other. Bytes of a double-byte encoding read as a single-byte one give
two rare letters instead of one frequent sign, so the scores of both kinds can be compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

_SYMBOLS = "°’–€“”£²³«»…·µ±½©®§×‰„‘—•™ª¼¾¹´¿¡¬‚"
_WESTERN = ("cp1252", "mac_roman", "cp850", "iso8859_15")
_CENTRAL = ("cp1250", "iso8859_2", "cp852")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "koi8_u")
# Letters beyond ASCII, the most frequent first.
_LANGUAGES: tuple[tuple[tuple[str, ...], str], ...] = (
    (_WESTERN, "üäößÜÄÖ"),
    (_WESTERN, "éèàêçôûîâùïëœÉÈÀÊÇÎÔŒ"),
    (_WESTERN, "óíáéñúüÁÓÉÍÚÑºª"),
    (_WESTERN, "ãçáéíóêõâàúôÁÉÇÃÍÓÂÊÕÚÀºª"),
    (_WESTERN, "àèìòùéÀÈÙ"),
    (_WESTERN, "äöåøæéÅÄÖØÆüð"),
    (_WESTERN, "áíðóþæéöúýÞÐÁÓÍÖÆÚ"),
    (_WESTERN, "éëïöèüêáó"),
    (_WESTERN, "éèàóíòçïúüÉÈÀÓ·"),
    (_CENTRAL, "łąęóśżćńźŁŚŻÓĆŹĄĘŃ"),
    (_CENTRAL, "íáéěřýčžšůúťóňďŘČŠŽÚÁÍÝ"),
    (_CENTRAL, "áíéčšýžťúôäľóňďĺŕŽŠČÚĽ"),
    (_CENTRAL, "áéíöóőüúűÁÉÖÓÍÚÜŐŰ"),
    (_CENTRAL, "čšžćđŠČŽĆĐ"),
    ((*_CENTRAL, "iso8859_16"), "ăîâșțşţÎŞŢȘȚĂÂ"),
    (("cp1254", "iso8859_9", "cp857"), "ıişüğçöİŞÇÜÖĞâ".replace("i", "")),
    (("cp1257", "iso8859_13"), "ėšžąįųūčęŠŽČĖĄĮŪŲ"),
    (("cp1257", "iso8859_13"), "āīēšņūķļģžčĀĪĒŠŅŪĶĻĢŽČ"),
    (("cp1257", "iso8859_13"), "äõüöšžÄÕÜÖŠŽ"),
    (_CYRILLIC, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёСПКМНАВОРГТДИБЛЕЗФУЭЯХЧЖШЦЮЩ№"),
    (_CYRILLIC, "оаинветрислкуідмпязьбгчйхцжїшєющфґКПСВМЗДНОТРХЛБЖУЧІАГЄЇ№"),
    (_CYRILLIC, "аеоинтрсвлдпкмзубгяъщчйцхжшюфьСПБВКДНОМРЛТГАЗХШЧЦЯЮ№"),
    (("cp1251", "iso8859_5"), "аоиенрстувдкјмплзгбчшцњжљћђхџфСПБВКДНОМРЛТГАЗХШЧЦЈЊЉЋЂ"),
    (("cp1253", "iso8859_7", "cp737"), "αοιτεσνηυρκπμλςθίάγόδέήωύχώφβξζψΑΕΠΜΚΣΤΝΔΟΛΘΡΗΓΒΙΦΧΩΈΆΌΥϊϋΰΐ"),
    (("cp1255", "iso8859_8"), "יוהלמארתבשנםעדקחפטסגכצןזךץף"),
    (("cp1256", "iso8859_6"), "اليمنترعةدبوسفهحقكشخجطصغضذزثظءىئأإؤآپچگژ،؛"),
    (("cp874",), "านรอกเงมยลวดทสตะปบคหแจพชขใไโผถศซธณภฟฉษญฮฐฆฝฎฏฒฬฌฑ่ั้ิีืุู์็ำๆฯ"),
)
_DOUBLE = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
# Signs of running text and of tables; the frequent half of what the encodings can write comes from their own order.
_HAN = (
    "的一是在不了有人这中大来上个国年到说们为子和你地出道也时要就下得可以"
    "生会自着去之过家学对她里后小么心多天而能好都然没日于起还发成事只作当想"
    "看文无开手十用主行方又如前所本见经头面公同三已老从动两长省市区县名称"
    "日期月数量合计总单位地址编号类别类型备注金额时间价格率人口产业值元万亿"
    "城乡男女北京上海广东江苏浙山河湖南安徽福建西四川重庆陕甘辽宁吉林黑龙"
    "天津内蒙古新疆藏青温度湿气压风速降水站点序号项目指标销售利润状态完成"
)
_HAN_TRADITIONAL = (
    "的一是在不了有人這中大來上個國年到說們為子和你地出道也時要就下得可以"
    "生會自著去之過家學對她裡後小麼心多天而能好都然沒日於起還發成事只作當想"
    "看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長縣市區鄉鎮里名"
    "稱日期月數量合計總單位地址編號類別類型備註金額時間價格率人口產業值元萬億"
    "男女台臺北高雄新竹中南東花蓮桃園屏彰化雲林嘉義基隆宜蘭苗栗香港九"
    "龍溫度濕氣壓風速降雨站點序號項目指標銷售狀態完成資料統計機關電話"
)
_KANJI = (
    "日年月人大会社市県都府区町村名東京阪北海道神奈川千葉埼玉愛知福岡兵庫"
    "静茨城広島宮新潟長野岐阜群馬栃木山岡熊本鹿児沖縄長崎分石富青岩秋形口徳"
    "香媛高佐賀三重滋良和歌鳥取根合計総数値額率時間分類項目番号住所電話氏称種"
    "別備考単位人口世帯男女年齢地域調査結果売上金円前月比第一二四五六七八九十"
    "気温湿降水量観測所平均最低全国その他有無学校医院局部課者業産生"
)
_HANGUL = (
    "이다는가에의고을은사시도지로기자한하를리서정인수대있구동과상전나부보제아"
    "원해어주일장시군읍면년월일서울산인천광주대전울세종경강충청북남제주합계총"
    "수량금액명칭번호주소구분비고단위날짜지역기온습도강수풍속평균"
    "최고저관측점소개업종공무회사학교병여남자인구률율가격판매완료"
)
_KANA = (
    "のにはをたがでてとしれさいるなもこかあらうりすきっくけまつせち"
    "えわよおどだンスルトリイクーアラシドレタマッロフコプテジサ・グ"
)


def _logs(letters: str, share: float = 1.0) -> dict[str, float]:
    """Spread `share` over letters in order of rank, as Zipf's law has it."""
    ranks = {letter: 1.0 / (k + 4.0) for k, letter in reversed(list(enumerate(letters)))}
    total = sum(ranks.values())
    return {letter: math.log(share * weight / total) for letter, weight in ranks.items()}


def _flat(letters: str, log: float) -> dict[str, float]:
    return dict.fromkeys(letters, log)


_OTHER_LETTER, _GARBAGE, _SYMBOL = -8.0, -11.0, -5.5
_NEAR = 2.5
_TRAILS = frozenset("~^{}\\@[]`")
_PROFILES = tuple((encodings, {**_flat(_SYMBOLS, _SYMBOL), **_logs(letters)}) for encodings, letters in _LANGUAGES)
_DOUBLE_PROFILES: dict[str, dict[str, float]] = {
    "gb18030": _flat(_HAN, -5.6) | _flat("，。：（）、“”；《》—％", -5.5),
    "big5hkscs": _flat(_HAN_TRADITIONAL, -5.6) | _flat("，。：（）、「」；％", -5.5),
    "cp932": {**_flat(_KANJI, -5.6), **_flat("、。（）％：「」", -5.5), **_logs(_KANA, 0.7)},
    "cp949": _flat(_HANGUL, -4.9),
}
_DOUBLE_PROFILES["euc_jp"] = _DOUBLE_PROFILES["cp932"]
# First bytes of the frequent half of the signs, which these encodings set apart.
_USUAL_LEADS = {"gb18030": (0xB0, 0xD7), "big5hkscs": (0xA4, 0xC6), "cp932": (0x88, 0x97), "euc_jp": (0xB0, 0xCF)}
CANDIDATES = (*dict.fromkeys(e for encodings, _ in _LANGUAGES for e in encodings), *_DOUBLE)


def likeliest(sample: bytes, whole: bytes) -> tuple[str, str | None] | None:
    """Return the encoding under which `sample` is likeliest; None if no candidate can decode it.

    The second value is another encoding under which the text differs and is nearly as likely, or None.

    Parameters
    ----------
    sample
        Lines with bytes beyond ASCII, some kilobytes.
    whole
        More of the file; candidates must decode it without error (its last character may be cut).
    """
    scores: dict[str, float] = {}
    for name in CANDIDATES:
        if _decodes(whole, name):
            text = sample.decode(name, errors="replace")
            scores[name] = double_score(text, name) if name in _DOUBLE else single_score(text, name)
    if not scores:
        return None
    # Equal scores go to the earlier, more usual encoding.
    order = {name: k for k, name in enumerate(CANDIDATES)}
    best, *others = sorted(scores, key=lambda name: (-round(scores[name], 6), order[name]))
    text = sample.decode(best, errors="replace")
    near = (other for other in others if scores[other] > scores[best] - _NEAR)
    return best, next((other for other in near if sample.decode(other, errors="replace") != text), None)


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 4
    return True


def single_score(text: str, name: str) -> float:
    """Score a text under the best language that `name` can write."""
    beyond = Counter(c for c in text if c > "\x7f")
    around = sum(_beside(*three) for three in _neighbours(text))
    profiles = [profile for encodings, profile in _PROFILES if name in encodings]
    return around + max(sum(n * p.get(c, _strange(c)) for c, n in beyond.items()) for p in profiles)


def double_score(text: str, name: str) -> float:
    """Score a text under a double-byte encoding."""
    profile = _DOUBLE_PROFILES[name]
    return sum(n * profile.get(c, _sign(c, name)) for c, n in Counter(c for c in text if c > "\x7f").items())


def _strange(c: str) -> float:
    return _OTHER_LETTER if c.isalpha() else _GARBAGE


def _sign(c: str, name: str) -> float:
    """Return the logarithm of the frequency of a sign that no list names, by its place in the encoding."""
    if "\uac00" <= c <= "\ud7a3":
        lead = c.encode(name, "replace")[0] if name == "cp949" else 0
        return -8.0 if lead >= 0xB0 else -12.0
    if "\u3041" <= c <= "\u30ff":
        return -6.0 if name in ("cp932", "euc_jp") else -11.0
    if "\uff61" <= c <= "\uff9f":
        return -6.2 if name == "cp932" else -14.0
    if "\uff01" <= c <= "\uff5e" or "\u3000" <= c <= "\u301c" or c in "℃°•·–—“”‘’〒㎡㎥①②③④⑤":
        return -7.0
    if "\u4e00" <= c <= "\u9fff":
        if name == "cp949":
            return -12.5
        lead = c.encode(name, "replace")[0]
        low, top = _USUAL_LEADS[name]
        return -7.6 if low <= lead <= top else -11.0
    # Letters that GB18030 writes with four bytes: no other encoding makes such bytes.
    wide = name == "gb18030" and len(c.encode(name, "replace")) == 4
    return -13.0 if wide and c.isalpha() else -14.0


def _neighbours(text: str) -> Iterable[tuple[str, str, str]]:
    padded = f"\n{text}\n"
    return ((padded[k - 1], c, padded[k + 1]) for k, c in enumerate(padded) if c > "\x7f")


def _beside(before: str, c: str, after: str) -> float:
    """Punish what does not happen inside words: capitals after small letters, symbols, other scripts."""
    if not c.isalpha():
        if c in "”¬" and after.isalpha() and not before.isalpha():
            return -3.0
        inside = before.isalpha() and after.isalpha()
        return -6.0 if inside and c not in "’´‘–·" else 0.0
    latin = c < "\u0250"
    score = 0.0
    if before.isalpha():
        if c.isupper() and before.islower():
            score -= 4.0
        if latin != (before < "\u0250"):
            score -= 5.0
    if after.isalpha():
        if c.isupper() and after.isupper() and before.islower():
            score -= 1.0
        if latin != (after < "\u0250"):
            score -= 5.0
        elif c.islower() and after.isupper() and after > "\x7f":
            score -= 4.0
    if before.isdigit() or after.isdigit():
        score -= 2.0
    if latin and not before.isalpha() and not after.isalpha():
        score -= 2.0
    if before in _TRAILS or after in _TRAILS:
        score -= 2.0
    return score
