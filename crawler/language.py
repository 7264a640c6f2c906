"""The language of a text: told by its script, else by the commonest words of the languages news is written in. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

_SAMPLE = 4000  # characters looked at
_SHORTEST = 3  # words of a language that must be found before it is named
_SHARE = 0.12  # of all words; running text of the languages below has a quarter and more
_AHEAD = 1.4  # as often as the next likely one
_MARKUP = re.compile(r"(?s)<(style|script)\b.*?</\1|<[^>]{0,2000}>|&\w{1,10};|https?://\S+")
_WORD = re.compile(r"[^\s\d.,;:!?()\[\]{}\"\u201c\u201d\u201e\u00ab\u00bb\u2026\u2013\u2014|/\u060c\u061b\u0964]+")

# Scripts that one language, or one above all others, is written in. Japanese has kana beside Han.
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30fa]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("hy", re.compile("[\u0531-\u058f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("pa", re.compile("[\u0a00-\u0a7f]")),
    ("gu", re.compile("[\u0a80-\u0aff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("kn", re.compile("[\u0c80-\u0cff]")),
    ("ml", re.compile("[\u0d00-\u0d7f]")),
    ("am", re.compile("[\u1200-\u137f]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("arabic", re.compile("[\u0600-\u06ff]")),
    ("devanagari", re.compile("[\u0900-\u097f]")),
)
_WRITTEN_IN = {
    "latin": {
        "en": "the of and to in a is that for it on was with as by at from be this have are his her they which an not has been will were"
        " he she its their after said who but we you about would there more than when",
        "pcm": "di dey dem for don na wey say no e be go and to of dat im wit get pipo sey kon make wen oga plenti",
        "fr": "le la les de des du et en un une est que qui dans pour pas sur au aux par plus ce il elle avec sont son sa ses ont été"
        " cette mais nous vous ou comme d'un d'une c'est qu'il l'on n'est ne se leur",
        "de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach"
        " wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch",
        "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya"
        " entre cuando todo esta ser son dos también fue había era muy años hasta desde está",
        "it": "di e il la che in a per un è del non una sono della con le i si da al dei come lo nel alla più gli delle anche ma ha"
        " dal sul questo questa essere stato ed se nella hanno ai degli dopo loro",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou quando muito nos já"
        " também só pelo pela até isso ela entre depois sem mesmo aos são foi está ser tem",
        "ca": "de la el i a que en els del les per un una amb no es al dels ha més com són ho aquest aquesta però també pel hi seva"
        " l'estat d'un s'ha",
        "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als bij maar uit door naar heeft worden wordt nog over"
        " ze hij werd deze dan of kan meer geen tot zich was",
        "sv": "och i att det som en på är av för med den till inte om ett har de var sig så från vi kan man han men nu under vid efter"
        " där alla mot också eller ska sin hon blir",
        "da": "og i at det er en til af på for med den ikke der som de et har var fra vil om kan så efter ved han også men sig skal blev"
        " eller være hun mod nu havde bliver meget siger",
        "no": "og i at det er en til av på for med den ikke som de et har var fra vil om kan så etter ved han også men seg skal ble eller"
        " være hun mot nå hadde blir mye sier ut fikk",
        "fi": "ja on ei se että oli myös ovat mutta joka kun hän ole mukaan sen kuin tai vain jo niin nyt sekä jos ollut voi jälkeen"
        " kertoo mitä siitä hänen olisi vuoden ennen",
        "pl": "w i na z się nie do że to jest o jak po co od za przez dla tym ale są tego był które jego który być oraz ze przed już"
        " tylko może jej będzie został roku również także",
        "cs": "a se v na je že s z do o to i ve pro za by ale si po jako podle jsou od který které jeho už při byl ze jsem bylo také"
        " nebo však není aby bude pouze",
        "sk": "a sa v na je že s z do o to aj vo pre za by ale si po ako podľa sú od ktorý ktoré jeho už pri bol zo som bolo tiež"
        " alebo však nie aby bude iba",
        "hu": "a az és hogy nem is egy meg van de csak ez volt már azt mint még ezt után szerint lesz voltak vagy amely pedig majd"
        " között ki el minden",
        "ro": "de și în a la cu pe nu că din o care un pentru mai să este ce fost au se prin sunt după fi al ale lui dar sau către"
        " această acest când",
        "hr": "je i u se na da za su od s o a koji koje nije će kao što ali bi iz po do ili sam te više nakon bio samo kako prema",
        "tr": "ve bir bu da de için ile olarak çok daha olan gibi kadar sonra en ama ne o her var değil ise dedi oldu ya olduğunu"
        " tarafından etti diye göre",
        "cy": "y yn a i yr o ar mae wedi fod ei am bod ac gan oedd eu ond hefyd ddim nid hyn yw eich sydd rhai mewn fel dros rwy'n"
        " dweud gyda bydd",
        "ga": "an na agus ar go is i a le tá sé bhí do sin ag leis den ó ach níl bhfuil mar aige atá seo dul idir faoi chuig",
        "eu": "eta da ez du dira bat ere zen dute egin izan baina hori dela beste dituzte gabe bere arte",
        "id": "yang dan di ini itu dengan untuk dari tidak dalam pada akan juga ke karena tersebut oleh bisa ada adalah mereka saat"
        " sebagai kata telah sudah para",
        "vi": "và của là có được cho trong không với những các một đã này người khi đến từ ra để cũng sẽ về như vào tại",
        "sw": "na ya wa kwa katika ni la za hii kuwa cha huo baada yake hiyo pia watu lakini kama kutoka hilo huyo",
    },
    "cyrillic": {
        "ru": "и в не на что с по как это из у к за от о его но то для был так было же или все они еще бы после до если она уже при"
        " также об были года",
        "uk": "і в не на що з та до у за як це від про його але для був так було чи або все вони ще після якщо вона вже при також"
        " є року під які цього",
        "bg": "и в на не да се за от че е са по като си с до ще но това към при която който които след има бе той беше още или все",
        "sr": "и у је да се на за су од са о који које није ће као што али би из по до или више након само како према",
    },
    "arabic": {
        "ar": "في من على أن إلى التي عن مع هذا هذه الذي كان ما لا بعد قبل بين كما وقال ذلك أو كل قد لم",
        "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شد می شده اند گفت",
        "ur": "کے میں کی ہے اور سے کا کو نے پر ہیں کہ یہ اس تھا بھی نہیں ان ایک گیا",
    },
    "devanagari": {
        "hi": "के में की है और से का को ने पर हैं कि यह इस था भी नहीं एक कर लिए हो गया",
        "mr": "आहे आणि या च्या ते ही मध्ये आहेत की तो हे होते केली झाली नाही असे",
        "ne": "छ र को मा ले छन् भने पनि गरेको हुने भएको लागि यो एक",
    },
}
_TELLS = (  # letters no other of the languages has
    ("de", "ß"), ("es", "ñ¿¡"), ("pt", "ãõ"), ("pl", "łąęśżź"), ("cs", "řěů"), ("tr", "ğış"), ("hu", "őű"), ("cy", "ŵŷ"),
    ("ro", "țșă"), ("uk", "їєґ"), ("ru", "ыэё"), ("sr", "ћђџљњј"), ("vi", "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệ"), ("ur", "ٹڈےں"), ("fa", "پچژگ"),
)  # fmt: skip


def _read() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for script, lists in _WRITTEN_IN.items():
        spoken: defaultdict[str, list[str]] = defaultdict(list)
        for code, words in lists.items():
            for word in set(words.split()):
                spoken[word].append(code)
        found[script] = {word: tuple(codes) for word, codes in spoken.items()}
    return found


_LANGUAGES_OF = _read()
_TELLING = {letter: code for code, letters in _TELLS for letter in letters}


def detected(texts: Iterable[str]) -> str | None:
    """Return the language most of some texts or pieces of markup are in, an ISO 639-1 code; None if that is not sure.

    >>> detected(["<p>The ferry has left the harbour, and it is expected back at noon.</p>"])
    'en'
    >>> detected(["Goal! 2-1"]) is None
    True
    """
    sample = _sample(texts)
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS}
    script = max(counts, key=lambda name: counts[name])
    if counts["ja"] * 10 > counts["zh"] and script in ("ja", "zh"):
        script, counts["ja"] = "ja", counts["ja"] + counts["zh"]
    if counts[script] < 20:
        return None
    if script not in _LANGUAGES_OF:
        return script
    return _spoken([word.lower() for word in _WORD.findall(sample)], script)


def _sample(texts: Iterable[str]) -> str:
    parts: list[str] = []
    length = 0
    for text in texts:
        parts.append(_MARKUP.sub(" ", text[: 4 * _SAMPLE]))
        length += len(parts[-1])
        if length > _SAMPLE:
            break
    return " ".join(parts)[:_SAMPLE]


def _spoken(words: list[str], script: str) -> str | None:
    known = _LANGUAGES_OF[script]
    likely: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for word in words:
        codes = known.get(word.replace("\u2019", "'").strip("'"), ())
        for code in codes:
            likely[code] += 1 / len(codes)  # type: ignore[assignment]
            found[code] += 1
        for code in {_TELLING[letter] for letter in word if letter in _TELLING} & _WRITTEN_IN[script].keys():
            likely[code] += 1
    ranked = likely.most_common(2)
    if not ranked:
        return None
    best, score = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    enough = found[best] >= _SHORTEST and found[best] >= _SHARE * len(words)
    return best if enough and score >= _AHEAD * second else None
