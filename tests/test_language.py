"""The language of a page: as it states it, else told from its words, else unknown."""

from __future__ import annotations

import json

import pytest

from crawler.decoding import parse_utf8
from crawler.extraction import extract
from crawler.facts import stated_language
from crawler.language import detected
from crawler.page import Page

SENTENCES = {
    "en": "The ferry has left the harbour and is expected to be back at noon, the company said.",
    "fr": "Le ferry a quitté le port et il est attendu à midi, selon la compagnie qui dit que la mer est calme.",
    "de": "Die Fähre hat den Hafen verlassen und wird am Mittag zurück erwartet, sagte das Unternehmen.",
    "es": "El ferry ha salido del puerto y se espera que vuelva al mediodía, según dijo la compañía.",
    "it": "Il traghetto è partito dal porto e la compagnia dice che il ritorno è previsto per mezzogiorno.",
    "pt": "O barco já saiu do porto e não deve voltar antes do meio-dia, disse a empresa aos jornalistas.",
    "ca": "El vaixell ha sortit del port i els passatgers tornaran al migdia, però també hi haurà un altre amb més places.",
    "nl": "De veerboot heeft de haven verlaten en wordt om twaalf uur terug verwacht, zegt het bedrijf.",
    "sv": "Färjan har lämnat hamnen och den väntas tillbaka vid lunchtid, säger en talesperson för bolaget som inte är orolig.",
    "da": "Færgen har forladt havnen og bliver ventet tilbage ved middagstid, siger selskabet efter mødet i dag.",
    "no": "Fergen har forlatt havnen og er ventet tilbake etter klokken tolv, sier selskapet som ikke vil si mye nå.",
    "fi": "Lautta on lähtenyt satamasta ja se palaa puoleltapäivin, kertoo yhtiö, joka ei ole huolissaan mutta seuraa säätä.",
    "pl": "Prom wypłynął z portu i nie wróci przed południem, powiedział rzecznik, który jest na miejscu.",
    "cs": "Trajekt vyplul z přístavu a podle společnosti se vrátí v poledne, protože moře je klidné a vítr už není tak silný.",
    "tr": "Feribot limandan ayrıldı ve bu akşam için çok daha sakin bir deniz bekleniyor, dedi şirket.",
    "hu": "A komp elhagyta a kikötőt, és délben jön vissza, de a cég szerint már nem lesz olyan nagy a szél, mint volt.",
    "ro": "Feribotul a plecat din port și este așteptat la prânz, dar compania nu spune care va fi următoarea cursă.",
    "cy": "Mae'r fferi wedi gadael yr harbwr ac mae disgwyl y bydd yn ôl am hanner dydd, yn ôl y cwmni.",
    "ru": "Паром вышел из порта и вернётся в полдень, но компания не говорит, что будет после этого.",
    "uk": "Пором вийшов із порту та повернеться опівдні, але компанія не каже, що буде після цього.",
    "ja": "フェリーは港を出て、正午に戻る予定だと会社は話している。海は静かだ。",
    "zh": "渡轮已经离开港口，公司表示预计中午返回，海面平静，没有人受伤，其他航班照常。",
    "ko": "여객선이 항구를 떠났으며 정오에 돌아올 예정이라고 회사가 밝혔다.",
    "el": "Το πλοίο έφυγε από το λιμάνι και αναμένεται πίσω το μεσημέρι.",
    "he": "המעבורת יצאה מהנמל וצפויה לחזור בצהריים, אמרה החברה.",
    "th": "เรือเฟอร์รี่ออกจากท่าแล้วและจะกลับมาตอนเที่ยง",
    "ar": "غادرت العبارة الميناء ومن المتوقع أن تعود في منتصف النهار، بعد هذا الإعلان من الشركة التي تديرها على الساحل",
    "fa": "کشتی بندر را ترک کرد و این شرکت گفت که برای ظهر به بندر باز می گردد",
    "hi": "नौका बंदरगाह से निकल गई है और कंपनी ने कहा कि यह दोपहर को वापस आएगी",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_language_is_told_from_a_sentence(code: str) -> None:
    assert detected([SENTENCES[code]]) == code
    assert detected([f"<p>{SENTENCES[code]}</p><style>.the {{ of: and }}</style>"]) == code


@pytest.mark.parametrize(
    "text",
    ["", "Goal! 2-1", "Ny: Vale 3, Northmouth 1", "12:05 13:10 14:15", "Zyx wvu tsr qpo nml kji hgf edc.", "http://the.of.and/to/in"],
)
def test_what_is_not_sure_is_not_said(text: str) -> None:
    assert detected([text]) is None


def test_what_the_page_states_comes_first() -> None:
    def language(html: str) -> str | None:
        posting = {
            "@type": "LiveBlogPosting",
            "liveBlogUpdate": [
                {
                    "@type": "BlogPosting",
                    "@id": f"https://echo.example/live#u{n}",
                    "articleBody": SENTENCES["fr"],
                    "datePublished": f"2026-03-01T1{n}:00:00Z",
                }
                for n in range(3)
            ],
        }
        data = json.dumps(posting | ({"inLanguage": "nl-NL"} if "data-stated" in html else {}))
        body = html.replace("</head>", f'<script type="application/ld+json">{data}</script></head>')
        return extract(Page(url="https://echo.example/live", body=body.encode())).language

    assert language('<html lang="cy-GB"><head><meta property="og:locale" content="de_DE"></head><body></body></html>') == "cy"
    assert language('<html><head><meta property="og:locale" content="de_DE"></head><body></body></html>') == "de"
    assert language("<html data-stated><head></head><body></body></html>") == "nl"
    assert language("<html><head></head><body></body></html>") == "fr"


TOLD = (
    '<!DOCTYPE html>\n<html lang="en">',
    "<!doctype html SYSTEM 'about:legacy-compat'><HTML class='a' LANG='de-AT' data-x>",
    '<html xml:lang="fr" lang="it" dir="ltr" >',
    '<html data-x=" lang=fr" lang="it">',
    '<html lang="es" lang="pt">',
)
LEFT_TO_THE_PARSER = (
    *("<html lang=nl>", "<html lang>", '<html lang="">', '<html lang="&#101;n">', '<html lang="da" data-x="a > b">', "<html>", ""),
    *('<!-- <html lang="fr"> --><html lang="sv">', '<p><html lang="fi">'),
)


@pytest.mark.parametrize("opening", TOLD + LEFT_TO_THE_PARSER)
def test_the_opening_tag_says_what_the_parsed_page_does(opening: str) -> None:
    body = f"{opening}<head><title>Storm</title></head><body><p>Storm</p></body></html>".encode()
    parsed = parse_utf8(body, url="https://echo.example/live")
    assert parsed is not None
    assert stated_language(body) == (parsed.root.get("lang") if opening in TOLD else None)
