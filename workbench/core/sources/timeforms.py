"""The forms in which people write dates and clocks: regular expressions with a named group for each field.

The letters are those of strptime, with W and u for weeks, q for quarters, s for half years, e for the end of a fiscal
year, r and E for a year within an era, P and p for halves of the day.
"""

from __future__ import annotations

N2 = "[0-9]{1,2}"
SEP = r"[-/._ ]"
NAME = r"[A-Za-zÀ-ɏΆ-ώА-яЁёІіЇїЄє]{3,12}\.?"
ORDINAL = "(?:st|nd|rd|th|er|\\.)?"
Y4 = "(?P<Y>[0-9]{4})"
Y2 = "'?(?P<y>[0-9]{2})"
ERA = "(?P<E>明治|大正|昭和|平成|令和|民國|民国) ?(?P<r>[0-9]{1,3}|元)"
ROC = "(?P<r>1[0-4][0-9])"

# In order of preference: where two forms fit equally well, the earlier one wins.
DATES: tuple[str, ...] = (
    rf"{Y4}{SEP}(?P<m>{N2}){SEP}(?P<d>{N2})",
    rf"{Y4} ?[年년] ?(?P<m>{N2}) ?[月월] ?(?P<d>{N2}) ?[日号일]?",
    rf"{Y4}\. ?(?P<m>{N2})\. ?(?P<d>{N2})\.?",
    rf"{ERA} ?年 ?(?P<m>{N2}) ?月 ?(?P<d>{N2}) ?日",
    rf"{ERA}[-/.](?P<m>{N2})[-/.](?P<d>{N2})",
    rf"{ROC}[-/.](?P<m>{N2})[-/.](?P<d>{N2})",
    rf"{ROC} ?年 ?(?P<m>{N2}) ?月 ?(?P<d>{N2}) ?日",
    rf"{Y4}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})",
    rf"(?P<m>{N2})/(?P<d>{N2})/{Y4}",
    rf"(?P<d>{N2}){SEP}(?P<m>{N2}){SEP}{Y4}",
    rf"(?P<m>{N2}){SEP}(?P<d>{N2}){SEP}{Y4}",
    rf"(?P<m>{N2})/(?P<d>{N2})/{Y2}",
    rf"(?P<d>{N2}){SEP}(?P<m>{N2}){SEP}{Y2}",
    rf"(?P<m>{N2}){SEP}(?P<d>{N2}){SEP}{Y2}",
    rf"{Y2}{SEP}(?P<m>{N2}){SEP}(?P<d>{N2})",
    rf"{Y4}{SEP}(?P<d>{N2}){SEP}(?P<m>{N2})",
    rf"(?P<d>{N2}){ORDINAL}(?: of | de )?[-/ ,]*(?P<b>{NAME})(?: del? )?[-/ ,']*{Y4}(?: ?г(?:\.|ода)?)?",
    rf"(?P<d>{N2}){ORDINAL}[-/ ,]*(?P<b>{NAME})[-/ ,]*{Y2}",
    rf"(?P<b>{NAME})[-/ ]*(?P<d>{N2}){ORDINAL},?[-/ ]*{Y4}",
    rf"(?P<b>{NAME})[-/ ]*(?P<d>{N2}){ORDINAL},[-/ ]*{Y2}",
    rf"{Y4}[-/ ,]*(?P<b>{NAME})[-/ ,]*(?P<d>{N2})",
    rf"{Y4}-?W(?P<W>[0-9]{{2}})-?(?P<u>[1-7])",
    rf"{Y4}[-/ ]?(?:W|w|KW|CW|Week |week )(?P<W>{N2})",
    rf"(?:W|w|KW|CW|Week |week )(?P<W>{N2})[-/ ,]+{Y4}",
    rf"{Y4}年 ?第? ?(?P<W>{N2}) ?[周週]",
    rf"{Y4}[-/: ]?(?P<j>[0-9]{{3}})",
    rf"{Y4}[-/: ]?[QqTK](?P<q>[1-4])",
    rf"[QqT](?P<q>[1-4])[-/ ,:']*{Y4}",
    rf"(?P<q>[1-4])\.?[QqT][-/ ']*{Y4}",
    rf"(?P<q>[1-4])\. ?(?:Quartal|quarter|trimestre)[-/ ,]*{Y4}",
    rf"[QqT](?P<q>[1-4])[-/ ,:]*{Y2}",
    rf"(?P<q>[1-4])[QqT][-/ ]*{Y2}",
    rf"{Y2}[QqT](?P<q>[1-4])",
    rf"{Y4}[-/ ](?P<q>[1-4])[QqT]",
    rf"{Y4}[-/ ]?[HhS](?P<s>[12])",
    rf"[HhS](?P<s>[12])[-/ ,]*{Y4}",
    rf"{Y4}年? ?第?(?P<q>[1-4一二三四]) ?季度?",
    rf"{Y4}[-/. ](?P<q>I{{1,3}}|IV)",
    rf"{Y4}[-/._: ]?(?P<m>{N2})",
    rf"{Y4} ?[年년] ?(?P<m>{N2}) ?[月월]?份?",
    rf"{Y4} ?年 ?(?P<b>[一二三四五六七八九十]{{1,2}}月)份?",
    rf"{ERA} ?年 ?(?P<m>{N2}) ?月",
    rf"{ROC} ?年 ?(?P<m>{N2}) ?月",
    rf"{ERA} ?年度?",
    rf"{Y4}[- ]?M(?P<m>{N2})",
    rf"(?P<m>{N2})[-/._]{Y4}",
    rf"(?P<b>{NAME})[-/ ,.']*{Y4}",
    rf"{Y4}[-/ ,.]*(?P<b>{NAME})",
    rf"(?P<b>{NAME})[-/ ']*{Y2}",
    rf"{Y2}[-/ ]*(?P<b>{NAME})",
    rf"{Y4}[-/–](?P<e>[0-9]{{2,4}})",
    rf"(?:FY|CY)? ?{Y4}(?:\.0+)? ?年?",
    rf"(?:FY|CY) ?{Y2}",
    rf"{Y2}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})",
    rf"(?P<m>{N2})[-/]{Y2}",
    rf"{Y2}[-/](?P<m>{N2})",
    rf"{Y4}[-/._: ](?P<q>[1-4])",
    rf"(?P<d>[0-9]{{2}})(?P<m>[0-9]{{2}}){Y4}",
    rf"(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}}){Y4}",
    rf"(?P<m>[0-9]{{2}}){Y4}",
)
_TAG_AM = r"(?P<P>上午|下午|凌晨|早上|中午|晚上) ?"
AM = r"(?: ?(?P<p>[AaPp](?:\.? ?[Mm]\.?)?))?"
CLOCKS: tuple[str, ...] = (
    rf"(?:{_TAG_AM})?(?P<H>{N2}):(?P<M>[0-9]{{2}})(?::(?P<S>[0-9]{{2}})(?:[.,:](?P<f>[0-9]{{1,9}}))?)?{AM}(?: Uhr)?",
    rf"(?:{_TAG_AM})?(?P<H>{N2}) ?[时時点點] ?(?:(?P<M>{N2}) ?分? ?(?:(?P<S>{N2}) ?秒?)?)?",
    rf"(?P<H>{N2}) ?[hHuU] ?(?:(?P<M>[0-9]{{2}})(?:m(?:in)?)?)?(?: ?(?P<S>[0-9]{{2}})s?)?",
    rf"(?P<H>{N2})\.(?P<M>[0-9]{{2}})(?:\.(?P<S>[0-9]{{2}})(?:[.,](?P<f>[0-9]{{1,9}}))?)?{AM}",
    r"(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?:(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,9}))?)?",
    rf"(?P<H>{N2}){AM}",
)
BASIC = (4, 5)
ZONE = (
    r"(?: ?(?P<z>(?:UTC|GMT)? ?[-+−][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{1,5}|z|[A-Z][a-z]+/[A-Z][A-Za-z_]+))?"
    r"(?: ?\[[A-Za-z_/+0-9-]+\]| ?\([A-Za-z .]+\))?"
)
JOIN = r"(?:[Tt_:;]| *, *| +(?:at |- )?| *- *|/)"
DAYNAME = (
    r"(?:(?:[Mm]on|[Tt]ues?|[Ww]ed(?:nes)?|[Tt]hu(?:rs?)?|[Ff]ri|[Ss]at(?:ur)?|[Ss]un|MON|TUE|WED|THU|FRI|SAT|SUN)"
    r"(?:day|DAY)?\.?,? ?|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag,? |(?:Mittwoch|Sonnabend),? |"
    r"(?i:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|"
    r"domingo),? |(?:Mo|Di|Mi|Do|Fr|Sa|So)\.?,? |(?:星期|周|週)[一二三四五六日天] ?)"
)
AFTER = rf"(?: ?\(?{DAYNAME}\)?)?"
