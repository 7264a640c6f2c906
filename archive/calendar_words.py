"""The words for months, weekdays, today and yesterday in the languages news is written in. Data and look-up only."""

from __future__ import annotations

import unicodedata
from functools import cache

# January first; spellings of one month are joined by |, with the forms a date has (genitives, abbreviations).
_MONTHS = {
    "en": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov "
    "december|dec",
    "de": "januar|jan|jänner|jän februar|feb|feber märz|mär|mrz|maerz april|apr mai juni|jun juli|jul august|aug september|sept|sep "
    "oktober|okt november|nov dezember|dez",
    "fr": "janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août septembre|sept octobre|oct "
    "novembre|nov décembre|déc",
    "es": "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago septiembre|setiembre|sept|sep|set "
    "octubre|oct noviembre|nov diciembre|dic",
    "it": "gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago settembre|sett|set ottobre|ott "
    "novembre|nov dicembre|dic",
    "pt": "janeiro|jan fevereiro|fev março|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set outubro|out novembro|nov "
    "dezembro|dez",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "nl": "januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug september|sep "
    "oktober|okt november|nov december|dec",
    "sv": "januari|jan februari|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug september|sep|sept oktober|okt november|nov "
    "december|dec",
    "da": "januar|jan februar|feb marts|mar april|apr maj juni|jun juli|jul august|aug september|sep|sept oktober|okt november|nov "
    "december|dec",
    "no": "januar|jan februar|feb mars|mar april|apr mai juni|jun juli|jul august|aug september|sep|sept oktober|okt november|nov "
    "desember|des",
    "is": "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember",
    "fi": "tammikuu|tammikuuta helmikuu|helmikuuta maaliskuu|maaliskuuta huhtikuu|huhtikuuta toukokuu|toukokuuta kesäkuu|kesäkuuta "
    "heinäkuu|heinäkuuta elokuu|elokuuta syyskuu|syyskuuta lokakuu|lokakuuta marraskuu|marraskuuta joulukuu|joulukuuta",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
    "lv": "janvāris|janvārī februāris|februārī marts|martā aprīlis|aprīlī maijs|maijā jūnijs|jūnijā jūlijs|jūlijā augusts|augustā "
    "septembris|septembrī oktobris|oktobrī novembris|novembrī decembris|decembrī",
    "pl": "stycznia|styczeń|sty lutego|luty|lut marca|marzec kwietnia|kwiecień|kwi maja|maj czerwca|czerwiec|cze lipca|lipiec|lip "
    "sierpnia|sierpień|sie września|wrzesień|wrz października|październik|paź listopada|listopad|lis grudnia|grudzień|gru",
    "cs": "ledna|leden února|únor března|březen dubna|duben května|květen června|červen července|červenec srpna|srpen září října|říjen "
    "listopadu|listopad prosince|prosinec",
    "sk": "januára|január februára|február marca|marec apríla|apríl mája|máj júna|jún júla|júl augusta|august septembra|september "
    "októbra|október novembra|november decembra|december",
    "sl": "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra",
    "hr": "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada|listopad studenoga|studenog prosinca",
    "hu": "január|jan február|febr március|márc április|ápr május|máj június|jún július|júl augusztus|aug szeptember|szept október|okt "
    "november|nov december|dec",
    "ro": "ianuarie|ian februarie|feb martie aprilie mai iunie|iun iulie|iul august septembrie octombrie noiembrie|noi decembrie",
    "tr": "ocak|oca şubat|şub mart nisan|nis mayıs haziran|haz temmuz|tem ağustos|ağu eylül|eyl ekim|eki kasım|kas aralık|ara",
    "ru": "января|янв февраля|фев|февр марта|мар апреля|апр мая|май июня|июн июля|июл августа|авг сентября|сен|сент октября|окт "
    "ноября|ноя|нояб декабря|дек",
    "uk": "січня|січ лютого|лют березня|бер квітня|квіт травня|трав червня|черв липня|лип серпня|серп вересня|вер жовтня|жовт "
    "листопада|лист грудня|груд",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "sr": "januara|januar|jan|јануара|јануар|јан februara|februar|feb|фебруара|фебруар|феб marta|mart|mar|марта|март|мар "
    "aprila|april|apr|априла|април|апр maja|maj|маја|мај "
    "juna|jun|јуна|јун jula|jul|јула|јул avgusta|avgust|avg|августа|август|авг septembra|septembar|sept|sep|септембра|септембар|сеп "
    "oktobra|oktobar|okt|октобра|октобар|окт novembra|novembar|nov|новембра|новембар|нов decembra|decembar|dec|децембра|децембар|дец",
    "el": "ιανουαρίου|ιαν φεβρουαρίου|φεβ μαρτίου|μαρ απριλίου|απρ μαΐου|μαι ιουνίου|ιουν ιουλίου|ιουλ αυγούστου|αυγ σεπτεμβρίου|σεπ "
    "οκτωβρίου|οκτ νοεμβρίου|νοε δεκεμβρίου|δεκ",
    "id": "januari|jan februari|feb maret|mar april|apr mei juni|jun juli|jul agustus|agu|agt september|sep oktober|okt november|nov "
    "desember|des",
    "ar": "يناير|جانفي فبراير|شباط|فيفري مارس|آذار|اذار أبريل|ابريل|إبريل|نيسان|أفريل مايو|أيار|ايار|ماي يونيو|حزيران|جوان "
    "يوليو|تموز|جويلية أغسطس|اغسطس|آب|أوت سبتمبر|أيلول|ايلول أكتوبر|اكتوبر نوفمبر ديسمبر",
    "he": "ינואר|בינואר פברואר|בפברואר מרץ|במרץ אפריל|באפריל מאי|במאי יוני|ביוני יולי|ביולי אוגוסט|באוגוסט ספטמבר|בספטמבר "
    "אוקטובר|באוקטובר נובמבר|בנובמבר דצמבר|בדצמבר",
    "fa": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه|جولای اوت|آگوست سپتامبر اکتبر نوامبر دسامبر",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "bn": "জানুয়ারি|জানুয়ারী ফেব্রুয়ারি|ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট|অগাস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    "mr": "जानेवारी फेब्रुवारी मार्च एप्रिल मे जून जुलै ऑगस्ट सप्टेंबर ऑक्टोबर नोव्हेंबर डिसेंबर",
    "gu": "જાન્યુઆરી ફેબ્રુઆરી માર્ચ એપ્રિલ મે જૂન જુલાઈ ઓગસ્ટ|ઑગસ્ટ સપ્ટેમ્બર ઓક્ટોબર|ઑક્ટોબર નવેમ્બર ડિસેમ્બર",
    "ta": "ஜனவரி பிப்ரவரி மார்ச் ஏப்ரல் மே ஜூன் ஜூலை ஆகஸ்ட் செப்டம்பர் அக்டோபர் நவம்பர் டிசம்பர்",
    "te": "జనవరి ఫిబ్రవరి మార్చి ఏప్రిల్ మే జూన్ జూలై ఆగస్టు సెప్టెంబర్ అక్టోబర్ నవంబర్ డిసెంబర్",
    "kn": "ಜನವರಿ ಫೆಬ್ರವರಿ ಮಾರ್ಚ್ ಏಪ್ರಿಲ್ ಮೇ ಜೂನ್ ಜುಲೈ ಆಗಸ್ಟ್ ಸೆಪ್ಟೆಂಬರ್ ಅಕ್ಟೋಬರ್ ನವೆಂಬರ್ ಡಿಸೆಂಬರ್",
    "ml": "ജനുവരി ഫെബ്രുവരി മാർച്ച് ഏപ്രിൽ മെയ്|മേയ് ജൂൺ ജൂലൈ ഓഗസ്റ്റ്|ആഗസ്റ്റ് സെപ്റ്റംബർ|സെപ്തംബർ ഒക്ടോബർ നവംബർ ഡിസംബർ",
    "th": "มกราคม|ม.ค กุมภาพันธ์|ก.พ มีนาคม|มี.ค เมษายน|เม.ย พฤษภาคม|พ.ค มิถุนายน|มิ.ย กรกฎาคม|ก.ค สิงหาคม|ส.ค กันยายน|ก.ย "
    "ตุลาคม|ต.ค พฤศจิกายน|พ.ย ธันวาคม|ธ.ค",
    "ka": "იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი",
    "hy": "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "mk": "јануари февруари март април мај јуни јули август септември октомври ноември декември",
    "sq": "janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor",
    "sw": "januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba",
    "hi": "जनवरी फ़रवरी|फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर",
}  # fmt: skip

# Monday first.
_WEEKDAYS = {
    "en": "monday|mon tuesday|tue|tues wednesday|wed thursday|thu|thur|thurs friday|fri saturday|sat sunday|sun",
    "de": "montag|mo dienstag|di mittwoch|mi donnerstag|do freitag|fr samstag|sonnabend|sa sonntag|so",
    "fr": "lundi|lun mardi|mar mercredi|mer jeudi|jeu vendredi|ven samedi|sam dimanche|dim",
    "es": "lunes|lun martes|mar miércoles|mié jueves|jue viernes|vie sábado|sáb domingo|dom",
    "it": "lunedì|lun martedì|mar mercoledì|mer giovedì|gio venerdì|ven sabato|sab domenica|dom",
    "pt": "segunda|seg terça|ter quarta|qua quinta|qui sexta|sex sábado|sáb domingo|dom",
    "ca": "dilluns dimarts dimecres dijous divendres dissabte diumenge",
    "nl": "maandag|ma dinsdag|di woensdag|wo donderdag|do vrijdag|vr zaterdag|za zondag|zo",
    "sv": "måndag|mån tisdag|tis onsdag|ons torsdag|tors fredag|fre lördag|lör söndag|sön",
    "da": "mandag|man tirsdag|tir onsdag|ons torsdag|tor fredag|fre lørdag|lør søndag|søn",
    "no": "mandag|man tirsdag|tir onsdag|ons torsdag|tor fredag|fre lørdag|lør søndag|søn",
    "is": "mánudagur|mánudaginn þriðjudagur|þriðjudaginn miðvikudagur|miðvikudaginn fimmtudagur|fimmtudaginn föstudagur|föstudaginn "
    "laugardagur|laugardaginn sunnudagur|sunnudaginn",
    "fi": "maanantai|maanantaina|ma tiistai|tiistaina|ti keskiviikko|keskiviikkona|ke torstai|torstaina|to perjantai|perjantaina|pe "
    "lauantai|lauantaina|la sunnuntai|sunnuntaina|su",
    "et": "esmaspäev teisipäev kolmapäev neljapäev reede laupäev pühapäev",
    "lt": "pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis sekmadienis",
    "lv": "pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena svētdiena",
    "pl": "poniedziałek|pon wtorek|wt środa|śr czwartek|czw piątek|pt sobota|sob niedziela|niedz|nd",
    "cs": "pondělí|po úterý|út středa|st čtvrtek|čt pátek|pá sobota|so neděle|ne",
    "sk": "pondelok utorok streda štvrtok piatok sobota nedeľa",
    "sl": "ponedeljek torek sreda četrtek petek sobota nedelja",
    "hr": "ponedjeljak utorak srijeda četvrtak petak subota nedjelja",
    "hu": "hétfő kedd szerda csütörtök péntek szombat vasárnap",
    "ro": "luni marți|marţi miercuri joi vineri sâmbătă duminică",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
    "ru": "понедельник|пн вторник|вт среда|ср четверг|чт пятница|пт суббота|сб воскресенье|вс",
    "uk": "понеділок|пн вівторок|вт середа|ср четвер|чт п'ятниця|пт субота|сб неділя|нд",
    "bg": "понеделник вторник сряда четвъртък петък събота неделя",
    "el": "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή",
    "id": "senin selasa rabu kamis jumat sabtu minggu",
    "ar": "الاثنين|الإثنين الثلاثاء الأربعاء|الاربعاء الخميس الجمعة السبت الأحد|الاحد",
    "he": "שני שלישי רביעי חמישי שישי שבת ראשון",
    "hi": "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार",
}

# Languages of which the tables have nothing else.
_MONTHS_ALONE = frozenset("fa ur bn mr gu ta te kn ml th ka hy az kk mk sq sw".split())

# Codes for languages whose words the tables have under another code.
_CLOSE = {"nb": "no", "nn": "no", "bs": "sr", "gl": "pt", "ms": "id", "zh": "ja", "ja": "ja", "ko": "ko"}

_TODAY = (
    "today heute aujourd'hui hoy oggi hoje avui vandaag idag dag tänään dzisiaj dziś dnes danes danas azi "
    "astăzi bugün сегодня сьогодні "
    "днес данас σήμερα اليوم היום आज 今日 本日 今天 오늘"
)
_YESTERDAY = (
    "yesterday gestern hier ayer ieri ontem ahir gisteren igår går eilen wczoraj včera včeraj jučer tegnap "
    "dün вчера вчора јуче χθες χτες "
    "أمس אתמול 昨日 昨天 어제"
)
# What stands between the parts of a date and says nothing itself. "i" is the first half of "i dag".
_SMALL = frozenset(
    "the of on le la el de del dell' der den dem am vom van d' do dne den il lo em à a i på og feira um at um en an "
    "г год года году р року рік r dia יום".split()
)


def fold(word: str) -> str:
    """Return a word in lower case without accents, as the tables are keyed.

    >>> fold("Février"), fold("Kasım")
    ('fevrier', 'kasım')
    """
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'"))
    return "".join(c for c in parts if not unicodedata.combining(c))


@cache
def _table(kind: str) -> dict[str, dict[str, int]]:
    """Folded word -> {language: number}, months from 1, weekdays from 0."""
    found: dict[str, dict[str, int]] = {}
    source, first = (_MONTHS, 1) if kind == "month" else (_WEEKDAYS, 0)
    for language, line in source.items():
        for number, group in enumerate(line.split(), start=first):
            for word in group.split("|"):
                found.setdefault(fold(word), {})[language] = number
    return found


def knows(language: str) -> bool:
    """Whether the words of a language are in the tables, not its months alone."""
    return (language in _MONTHS and language not in _MONTHS_ALONE) or language in _CLOSE


def month(word: str, language: str | None = None) -> int | None:
    """Return the month (1 to 12) a word names. Where languages disagree (listopad) the page's decides, else most of them."""
    return _number("month", word, language)


def weekday(word: str, language: str | None = None) -> int | None:
    """Return the weekday (Monday is 0) a word names, -1 if it names different ones in different languages, or None."""
    return _number("weekday", word, language)


def _number(kind: str, word: str, language: str | None) -> int | None:
    key = fold(word).rstrip(".")
    readings = _table(kind).get(key)
    if readings is None:
        return None
    language = _CLOSE.get(language or "", language)
    if language in readings:
        return readings[language]
    if key == "out":  # October in Portuguese only: elsewhere a word too common to name a month
        return None
    numbers = list(readings.values())
    if kind == "weekday":
        return numbers[0] if len(set(numbers)) == 1 else -1
    return max(set(numbers), key=numbers.count)


@cache
def _relative_days() -> dict[str, int]:
    return {fold(word): 0 for word in _TODAY.split()} | {fold(word): -1 for word in _YESTERDAY.split()}


def relative_day(word: str) -> int | None:
    """Return 0 for a word for today, -1 for yesterday, else None."""
    return _relative_days().get(fold(word))


def is_small(word: str) -> bool:
    """Whether a word only joins the parts of a date (of, de, am, ...)."""
    return fold(word).rstrip(".") in _SMALL
