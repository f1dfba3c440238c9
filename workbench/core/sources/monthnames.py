"""Names of the months as statistics offices write them, long and short, in some thirty languages."""

from __future__ import annotations

MONTHS = {
    1: "jan january januar januari január janv janvier ene enero gen gennaio gener janeiro sty styczeń stycznia leden "
    "ledna oca ocak tammi tammikuu tammikuuta jaan jaanuar janvāris sausis ian ianuarie sij siječanj януари янв январь "
    "января січень січня ιαν ιανουάριος ιανουαρίου 一月 1월 ม.ค มกราคม",
    2: "feb february februar février fevrier févr fév februari február febrero febbraio febrer fev fevereiro lut luty "
    "lutego únor února şub şubat helmi helmikuu helmikuuta veebr veebruar februāris vasaris februarie velj veljača "
    "февруари фев февр февраль февраля лютий лютого φεβ φεβρουάριος φεβρουαρίου 二月 2월 ก.พ กุมภาพันธ์",
    3: "mar march mär märz maerz mrz mars marts marzo març março maart mrt marzec marca březen března márc március "
    "mart maalis maaliskuu maaliskuuta märts marec martie ožu ožujak март мар марта березень березня μαρ μάρτιος "
    "μαρτίου 三月 3월 มี.ค มีนาคม",
    4: "apr april avr avril abr abril aprile kwi kwiecień kwietnia duben dubna ápr április nis nisan huhti huhtikuu "
    "huhtikuuta aprill aprīlis balandis aprilie tra travanj април апр апрель апреля квітень квітня απρ απρίλιος "
    "απριλίου 四月 4월 เม.ย เมษายน",
    5: "may mai mayo mag maggio maig maio mei maj květen května máj május mayıs touko toukokuu toukokuuta maijs gegužė "
    "svi svibanj май мая травень травня μάι μάιος μαΐου 五月 5월 พ.ค พฤษภาคม",
    6: "jun june juni juin junio giu giugno juny junho cze czerwiec czerwca červen června jún június haz haziran kesä "
    "kesäkuu kesäkuuta juuni jūnijs birželis iunie lipanj юни июн июнь июня червень червня ιούν ιούνιος ιουνίου "
    "六月 6월 มิ.ย มิถุนายน",
    7: "jul july juli juil juillet julio lug luglio juliol julho lip lipiec lipca červenec července júl július tem "
    "temmuz heinä heinäkuu heinäkuuta juuli jūlijs liepa iulie srpanj юли июл июль июля липень липня ιούλ "
    "ιούλιος ιουλίου 七月 7월 ก.ค กรกฎาคม",
    8: "aug august aoû août aout ago agosto agost augustus augusti sie sierpień sierpnia srpen srpna augusztus ağu "
    "ağustos elo elokuu elokuuta augusts rugpjūtis kolovoz август авг августа серпень серпня αύγ αύγουστος αυγούστου "
    "agustus 八月 8월 ส.ค สิงหาคม",
    9: "sep sept september septembre septiembre set settembre setembre setembro wrz wrzesień września září szept "
    "szeptember eyl eylül syys syyskuu syyskuuta septembris rugsėjis septembrie ruj rujan септември сен сент сентябрь "
    "сентября вересень вересня σεπ σεπτέμβριος σεπτεμβρίου 九月 9월 ก.ย กันยายน",
    10: "oct october okt oktober octobre octubre ott ottobre out outubro paź październik października říjen října "
    "október eki ekim loka lokakuu lokakuuta oktoober oktobris spalis octombrie октомври окт октябрь "
    "октября жовтень жовтня οκτ οκτώβριος οκτωβρίου 十月 10월 ต.ค ตุลาคม",
    11: "nov november novembre noviembre novembro lis listopad listopada listopadu kas kasım marras marraskuu "
    "marraskuuta novembris lapkritis noiembrie stu studeni ноември ноя нояб ноябрь ноября листопад листопада νοέ "
    "νοέμβριος νοεμβρίου 十一月 11월 พ.ย พฤศจิกายน",
    12: "dec december dez dezember déc decembre décembre dic diciembre dicembre desembre dezembro des desember gru "
    "grudzień grudnia prosinec prosince ara aralık joulu joulukuu joulukuuta dets detsember decembris gruodis "
    "decembrie pro prosinac декември дек декабрь декабря грудень грудня δεκ δεκέμβριος δεκεμβρίου 十二月 12월 "
    "ธ.ค ธันวาคม",
}
MONTH_OF = {name: number for number, names in MONTHS.items() for name in names.split()}
"""Lower case, without a closing point."""
