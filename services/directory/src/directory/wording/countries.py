"""Countries as people write them, with a box around each: enough to see that latitude and longitude were swapped.

The boxes are whole degrees, west south east north, around the mainland and the islands near it. A country without a box
is known by its code only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kit.spelling import fold

#: ISO 3166-1 alpha-2.
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

#: Code; west south east north; names, English first, then in the languages that lists come in.
_TABLE = """
AD;  1  42   2  43; Andorra
AL; 19  39  22  43; Albania, Shqipëria, Albanie, Albanien
AR;-74 -56 -53 -21; Argentina, Argentine, Argentinien
AT;  9  46  18  50; Austria, Österreich, Autriche, Áustria, Oesterreich, Ausztria, Rakousko, Rakúsko, Avusturya
BA; 15  42  20  46; Bosnia and Herzegovina, Bosna i Hercegovina, Bosnia, Bosnia y Herzegovina, Bosnien und Herzegowina
BE;  2  49   7  52; Belgium, België, Belgique, Belgien, Bélgica, Belgio
BG; 22  41  29  45; Bulgaria, България, Bulgarie, Bulgarien, Bulgária
BO;-70 -23 -57  -9; Bolivia, Bolivie, Bolivien
BR;-74 -34 -34   6; Brazil, Brasil, Brésil, Brasilien
BY; 23  51  33  57; Belarus, Беларусь, Bielorrusia, Weißrussland
CA;-142 41 -52  84; Canada, Canadá, Kanada
CH;  5  45  11  48; Switzerland, Schweiz, Suisse, Svizzera, Suiza, Suíça
CL;-76 -56 -66 -17; Chile, Chili
CO;-80  -5 -66  14; Colombia, Colombie, Kolumbien
CR;-86   8 -82  12; Costa Rica
CU;-85  19 -74  24; Cuba, Kuba
CY; 32  34  35  36; Cyprus, Κύπρος, Chipre, Chypre, Zypern, Kıbrıs, Cypres
CZ; 12  48  19  52; Czechia, Czech Republic, Česko, Česká republika, Chequia, República Checa, Tchéquie, Tschechien
DE;  5  47  16  56; Germany, Deutschland, Alemania, Allemagne, Alemanha, Germania, Németország, Niemcy
DK;  8  54  16  58; Denmark, Danmark, Dinamarca, Danemark, Dänemark
DO;-72  17 -68  20; Dominican Republic, República Dominicana
EC;-82  -6 -75   2; Ecuador, Équateur
EE; 21  57  29  60; Estonia, Eesti, Estonie, Estland, Estónia
ES;-19  27   5  44; Spain, España, Espagne, Spanien, Espanha, Spagna, Espanya, Espainia, Ισπανία
FI; 19  59  32  71; Finland, Suomi, Finlandia, Finlande, Finnland
FR; -6  41  10  52; France, Francia, Frankreich, França, Γαλλία
GB; -9  49   3  61; United Kingdom, UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Reino Unido, Inglaterra, Escocia, Royaume-Uni, Vereinigtes Königreich, Großbritannien, Regno Unito
GE; 39  41  47  44; Georgia, საქართველო
GH; -4   4   2  12; Ghana
GR; 19  34  30  42; Greece, Ελλάδα, Hellas, Grecia, Grèce, Griechenland, Grécia, EL
GT;-93  13 -88  18; Guatemala
HN;-90  12 -83  18; Honduras
HR; 13  42  20  47; Croatia, Hrvatska, Croacia, Croatie, Kroatien, Croácia
HU; 16  45  23  49; Hungary, Magyarország, Hungría, Hongrie, Ungarn, Hungria
IE;-11  51  -5  56; Ireland, Éire, Irlanda, Irlande, Irland, Republic of Ireland
IN; 68   6  98  36; India, Inde, Indien, भारत
IS;-25  63 -13  67; Iceland, Ísland, Islandia, Islande, Island
IT;  6  35  19  48; Italy, Italia, Italie, Italien, Itália, Italu, Ιταλία
KE; 33  -5  42   6; Kenya, Kenia
LI;  9  47  10  48; Liechtenstein
LT; 20  53  27  57; Lithuania, Lietuva, Lituania, Lituanie, Litauen
LU;  5  49   7  51; Luxembourg, Lëtzebuerg, Luxemburgo, Luxemburg
LV; 20  55  29  59; Latvia, Latvija, Letonia, Lettonie, Lettland, Letónia
MA;-18  20   0  36; Morocco, المغرب, Marruecos, Maroc, Marokko
MD; 26  45  31  49; Moldova, Moldavia, Moldau
ME; 18  41  21  44; Montenegro, Crna Gora
MK; 20  40  24  43; North Macedonia, Северна Македонија, Macedonia del Norte, Nordmazedonien
MT; 14  35  15  37; Malta, Malte
MX;-119 14 -86  33; Mexico, México, Mexique, Mexiko
NI;-88  10 -82  16; Nicaragua
NL;  3  50   8  54; Netherlands, Nederland, Holland, Países Bajos, Holanda, Pays-Bas, Niederlande, The Netherlands
NO;  4  57  32  72; Norway, Norge, Noruega, Norvège, Norwegen
PA;-84   7 -77  10; Panama, Panamá
PE;-82 -19 -68   1; Peru, Perú, Pérou
PL; 14  48  25  55; Poland, Polska, Polonia, Pologne, Polen
PT;-32  30  -6  43; Portugal, Portogallo, Πορτογαλία
PY;-63 -28 -54 -19; Paraguay
RO; 20  43  30  49; Romania, România, Rumanía, Rumania, Roumanie, Rumänien
RS; 18  42  24  47; Serbia, Србија, Srbija, Serbie, Serbien
SE; 10  55  25  70; Sweden, Sverige, Suecia, Suède, Schweden
SI; 13  45  17  47; Slovenia, Slovenija, Eslovenia, Slovénie, Slowenien
SK; 16  47  23  50; Slovakia, Slovensko, Slovenská republika, Eslovaquia, Slovaquie, Slowakei
SR;-59   1 -53   7; Suriname, Surinam
SV;-91  13 -87  15; El Salvador
TN;  7  30  12  38; Tunisia, تونس, Túnez, Tunisie, Tunesien
TR; 25  35  45  43; Turkey, Türkiye, Turquía, Turquie, Türkei
UA; 22  44  41  53; Ukraine, Україна, Ucrania
US;-180 18 -66  72; United States, USA, United States of America, Estados Unidos, EE. UU., États-Unis, Vereinigte Staaten
UY;-59 -35 -53 -30; Uruguay
VE;-74   0 -59  13; Venezuela
XK; 20  41  22  44; Kosovo, Kosova, Косово
ZA; 16 -35  33 -22; South Africa, Sudáfrica, Afrique du Sud, Südafrika
"""
#: What a code is also used for, though ISO gives it to another: told apart by where the point lies.
_ALSO: Mapping[str, tuple[str, ...]] = {"sr": ("SK", "RS", "SR")}


@dataclass(frozen=True)
class Country:
    """A country's code, its names, and the box around it if there is one: west, south, east, north in degrees."""

    code: str
    names: tuple[str, ...] = ()
    box: tuple[int, int, int, int] | None = None

    def holds(self, lat: float, lon: float) -> bool:
        """Whether the point may lie in it. True where the box is not known."""
        if self.box is None:
            return True
        west, south, east, north = self.box
        return west - 1 <= lon <= east + 1 and south - 1 <= lat <= north + 1


def _read(table: str) -> dict[str, Country]:
    countries = {code: Country(code) for code in _CODES.split()}
    for line in table.strip().splitlines():
        code, box, names = line.split(";")
        west, south, east, north = (int(degree) for degree in box.split())
        countries[code] = Country(code, tuple(name.strip() for name in names.split(",")), (west, south, east, north))
    return countries


BY_CODE = _read(_TABLE)
_BY_NAME: Mapping[str, tuple[str, ...]] = {
    **{code.lower(): (code,) for code in BY_CODE},
    **{fold(name): (country.code,) for country in BY_CODE.values() for name in country.names},
    **_ALSO,
}


def named(text: str) -> tuple[Country, ...]:
    """The countries that may be meant by a code or a name in any of the usual languages; most often one, or none."""
    return tuple(BY_CODE[code] for code in _BY_NAME.get(fold(text).strip(), ()))
