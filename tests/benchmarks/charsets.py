"""How often a small table in an old encoding is decoded right: ours, and charset-normalizer if it can be imported.

Run ``python -m tests.benchmarks.charsets [ROUNDS]``; to compare, put charset-normalizer on ``PYTHONPATH``.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable

from workbench.core.sources.encoding import decode

# Words of tables in each language, and the encodings that its files have.
LANGUAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "German": (
        ("cp1252", "iso8859_15", "mac_roman", "cp850"),
        "München Köln Düsseldorf Nürnberg Straße Größe Höhe Bevölkerung Löhne Übernachtungen männlich weiblich Jahr "
        "Fläche Veränderung Gebäude Erwerbstätige Schüler Gesamt Österreich Baden-Württemberg Thüringen Anzahl",
    ),
    "French": (
        ("cp1252", "iso8859_15", "mac_roman", "cp850"),
        "Île-de-France Rhône-Alpes Provence Côte-d'Azur Orléans Besançon Libellé Année Région Département Résidence "
        "Décès Naissances Ménages Écoles Évolution Saint-Étienne Montpellier être après déjà où Hôpital forêt Noël",
    ),
    "Spanish": (
        ("cp1252", "iso8859_15", "cp850"),
        "Año España Málaga Córdoba Almería León Ávila Población Número Código Cataluña Andalucía Educación Teléfono "
        "Ocupación Región Niños Índice Vehículos Energía Título Fecha Provincia Total Último",
    ),
    "Portuguese": (
        ("cp1252", "iso8859_15", "cp850"),
        "São Paulo Município Região Código População Educação Saúde "
        "Média Índice Área Número Mês Belém Goiânia Brasília "
        "Paraná Maranhão Ceará Óbitos Nascimentos Construção Indústria Comércio Serviços Três Rondônia",
    ),
    "Italian": (
        ("cp1252", "mac_roman", "cp850"),
        "città Università Forlì più Unità Nazionalità età Attività perché è già",
    ),
    "Swedish": (
        ("cp1252", "mac_roman", "cp850"),
        "Göteborg Malmö Örebro Västerås Linköping Jämtland Län Kön "
        "Ålder År Män Kvinnor Län Skåne Östergötland Värmland",
    ),
    "Danish": (
        ("cp1252", "cp850"),
        "København Århus Ålborg Sjælland Fyn Køn Mænd Kvinder År Måned Område Uoplyst Tønder Ærø Rødovre Hørsholm",
    ),
    "Polish": (
        ("cp1250", "iso8859_2", "cp852"),
        "Łódź Kraków Wrocław Gdańsk Poznań Białystok województwo śląskie Wartość Miesiąc Ludność Mężczyźni Kobiety "
        "Powierzchnia Częstochowa Zielona Góra Świętokrzyskie Źródło Ogółem Sprzedaż Ilość",
    ),
    "Czech": (
        ("cp1250", "iso8859_2", "cp852"),
        "Plzeň Ústí České Budějovice Hradec Králové Počet Obyvatelé Věk Muži Ženy Území Měsíc Hodnota Průměr Příjem "
        "Středočeský Jihočeský Zlín Olomouc Třebíč Děčín Kroměříž Šumperk",
    ),
    "Hungarian": (
        ("cp1250", "iso8859_2"),
        "Győr Székesfehérvár Nyíregyháza Érték Népesség Férfi Nő Összesen Időszak Megye Település Hónap Év Üzem Pécs",
    ),
    "Turkish": (
        ("cp1254", "iso8859_9"),
        "İstanbul İzmir Diyarbakır Şanlıurfa Muğla Eskişehir Nüfus Kadın Erkek Yıl Değer Bölge İlçe Çanakkale Iğdır "
        "Öğrenci Sayısı Büyükşehir Ağrı Kırşehir Niğde",
    ),
    "Lithuanian": (
        ("cp1257",),
        "Šiauliai Panevėžys Klaipėda Metai Mėnuo Vyrų Moterų Reikšmė Gyventojų skaičius Užimtumas",
    ),
    "Russian": (
        ("cp1251", "koi8_r", "cp866", "iso8859_5"),
        "Москва Санкт-Петербург Казань Область Дата Значение Население Количество Итого Месяц Год Цена Наименование "
        "Мужчины Женщины Республика Татарстан Улица Индекс Регион Край Свердловская",
    ),
    "Ukrainian": (
        ("cp1251",),
        "Київ Львів Харків Область Кількість Населення Рік Місяць Чоловіки Жінки Дніпро Вінниця",
    ),
    "Greek": (
        ("cp1253", "iso8859_7"),
        "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Έτος Μήνας Πληθυσμός Άνδρες Γυναίκες Σύνολο Περιφέρεια Τιμή Κρήτη Ήπειρος",
    ),
    "Hebrew": (("cp1255",), "ירושלים חיפה אוכלוסייה שנה חודש סך הכל מחוז גברים נשים תאריך"),
    "Arabic": (("cp1256",), "القاهرة الرياض المنطقة السنة الشهر عدد السكان ذكور إناث المجموع القيمة التاريخ"),
    "Thai": (("cp874",), "กรุงเทพมหานคร เชียงใหม่ จังหวัด ปี เดือน จำนวน ประชากร ชาย หญิง รวม อำเภอ ราคา"),
    "Chinese": (
        ("gb18030",),
        "哈尔滨 沈阳 石家庄 指标 地区 年份 增长率 面积 粮食 常住 户籍 "
        "居民 消费 投资 进出口 企业 就业 财政 收入 支出 卫生 机构",
    ),
    "Chinese, traditional": (
        ("big5hkscs",),
        "臺北市 高雄市 新北市 年度 面積 人數 比率 戶數 醫療 教育 出生 "
        "死亡 勞動 失業 進口 出口 縣市別 觀光 旅客 車輛 捷運 營業額",
    ),
    "Japanese": (
        ("cp932", "euc_jp"),
        "札幌市 横浜市 名古屋市 年度 面積 世帯数 就業者 さいたま市 つくば市 データ "
        "サービス業 製造業 建設業 従業員 キロ 施設名 緯度 経度 ごみ排出量",
    ),
    "Korean": (
        ("cp949",),
        "부산광역시 경기도 충청북도 연도 인구수 남성 여성 세대 면적 출생 "
        "사망 고용률 실업률 취업자 행정구역 시군구 매출액 미세먼지",
    ),
}


def _file(words: list[str], letters: int, rng: random.Random) -> str:
    """Write a small table with about `letters` characters beyond ASCII."""
    chosen: list[str] = []
    while sum(c > "\x7f" for word in chosen for c in word) < letters:
        chosen.append(rng.choice(words))
    lines = ["id,name,value"]
    lines += [f"{k},{word},{rng.uniform(1, 999):.1f}" for k, word in enumerate(chosen)]
    lines += [f"{k},,{rng.uniform(1, 999):.1f}" for k in range(5)]
    return "\n".join(lines) + "\n"


def _ours(data: bytes) -> str:
    found = decode(data)
    return found.text if found is not None else ""


def _theirs() -> Callable[[bytes], str] | None:
    try:
        library = importlib.import_module("charset_normalizer")
    except ImportError:
        return None
    return lambda data: str(library.from_bytes(data).best() or "")


def main(rounds: int) -> None:
    """Print the share of files decoded right, by number of letters and by language."""
    readers: dict[str, Callable[[bytes], str]] = {"ours": _ours}
    if (theirs := _theirs()) is not None:
        readers["charset-normalizer"] = theirs
    hits: dict[tuple[str, str], list[bool]] = {}
    for language, (encodings, words) in LANGUAGES.items():
        for encoding in encodings:
            for letters in (3, 6, 10, 40, 300):
                for seed in range(rounds):
                    text = _file(words.split(), letters, random.Random(f"{language} {encoding} {letters} {seed}"))
                    data = text.encode(encoding, "replace")
                    wanted = data.decode(encoding)
                    for name, reader in readers.items():
                        right = reader(data) == wanted
                        for group in (f"{letters} letters", f"{language} {encoding}", "all"):
                            hits.setdefault((name, group), []).append(right)
    for group in dict.fromkeys(group for _, group in hits):
        shares = [f"{sum(h := hits[name, group]) / len(h):7.3f}" for name in readers]
        print(f"{group:32}", *shares)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
