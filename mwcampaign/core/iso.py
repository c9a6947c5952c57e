"""Codes of countries and languages, and what is meant by those that are none. Data for core.iso_checks; pure.

Facts of ISO 3166-1 (as the time zone database lists them, 2026) and of ISO 639-1 and 639-2 (2024; 184 languages of two
letters). Languages of three letters alone are thousands, and not listed: of those only the ones are told that have two.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
XK
"""
COUNTRIES = frozenset(_COUNTRIES.split())
"""XK, for Kosovo, is in nobody's list and in everybody's use."""
REGIONS = COUNTRIES | {"AC", "CP", "DG", "EA", "EU", "IC", "TA", "UN"}
"""What may stand in the tag of a language besides."""
_LANGUAGES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
sh
"""
LANGUAGES = frozenset(_LANGUAGES.split())
"""sh, for Serbo-Croatian, is no longer in ISO 639-1, and still a language for the web."""
_LONG = """
aaraa abkab afraf akaak albsq amham araar argan armhy asmas avaav aveae aymay azeaz bakba bambm baqeu belbe benbn
bihbh bisbi bodbo bosbs brebr bulbg burmy catca cescs chach chece chizh chucu chvcv corkw cosco crecr cymcy czecs
danda deude divdv dutnl dzodz ellel engen epoeo estet euseu eweee faofo fasfa fijfj finfi frafr frefr fryfy fulff
geoka gerde glagd glega glggl glvgv greel grngn gujgu hatht hauha hebhe herhz hinhi hmoho hrvhr hunhu hyehy iboig
iceis idoio iiiii ikuiu ileie inaia indid ipkik islis itait javjv jpnja kalkl kankn kasks katka kaukr kazkk khmkm
kikki kinrw kirky komkv konkg korko kuakj kurku laolo latla lavlv limli linln litlt ltzlb lublu luglg macmk mahmh
malml maomi marmr mayms mkdmk mlgmg mltmt monmn mrimi msams myamy nauna navnv nblnr ndend ndong nepne nldnl nnonn
nobnb norno nyany ocioc ojioj orior ormom ossos panpa perfa plipi polpl porpt pusps quequ rohrm ronro rumro runrn
rusru sagsg sansa sinsi slksk slosk slvsl smese smosm snasn sndsd somso sotst spaes sqisq srdsc srpsr sswss sunsu
swasw swesv tahty tamta tattt telte tgktg tgltl thath tibbo tirti tonto tsntn tsots tuktk turtr twitw uigug ukruk
urdur uzbuz venve vievi volvo welcy wlnwa wolwo xhoxh yidyi yoryo zhaza zhozh zulzu
"""
LONG = {pair[:3]: pair[3:] for pair in _LONG.split()}
"""The languages that have a code of two letters, by those of three letters, which nothing finds."""
COUNTRY_SLIPS = {"EL": "GR", "EN": "GB", "JA": "JP", "SP": "ES", "UK": "GB"}
"""What people write for a country, and what they most likely mean."""
LANGUAGE_SLIPS = {
    "at": "de-AT", "au": "en-AU", "cn": "zh", "cz": "cs", "dk": "da", "gb": "en-GB", "ge": "ka", "gr": "el",
    "hk": "zh-HK", "il": "he", "in": "id", "ir": "fa", "iw": "he", "ji": "yi", "jp": "ja", "jw": "jv", "kz": "kk",
    "me": "cnr", "mo": "ro", "mx": "es-MX", "nz": "en-NZ", "pk": "ur", "rs": "sr", "ua": "uk", "us": "en-US",
    "vn": "vi",
}  # fmt: skip
"""The same for languages: mostly the code of a country where another one is spoken, or a code of former times."""


def country_meant(told: str) -> str | None:
    """Return None for a country; for anything else what is most likely meant, or "" where nobody can tell."""
    if told in COUNTRIES:
        return None
    name = told.strip().upper()
    return name if name in COUNTRIES else COUNTRY_SLIPS.get(name, "")


@lru_cache(maxsize=4096)
def language_meant(told: str) -> str | None:
    """Return None for a language's tag (BCP 47); for anything else what is most likely meant, or ""."""
    name, *rest = told.split("-")
    low = name.lower()
    if low in LANGUAGES or (len(low) == 3 and low not in LONG):
        meant = name
    else:
        meant = LANGUAGE_SLIPS.get(low) or LONG.get(low, "")
    place = next((index for index, part in enumerate(rest) if re.fullmatch("[A-Za-z]{2}", part)), None)
    if place is not None and rest[place].upper() not in REGIONS:
        region = COUNTRY_SLIPS.get(rest[place].upper(), "")
        meant, rest[place] = meant if region else "", region
    if meant and rest:
        meant = "-".join([meant.split("-")[0], *rest])
    return None if meant == told else meant
