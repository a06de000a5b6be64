"""Finnish verbs and what one person says of each: now, then, and if.

Owns a list of infinitives and the grammar that makes forms of them: consonant gradation, the six
conjugations, the past. Makes a form too many rather than one too few; voice_fi.py judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_VERBS = """
aavistaa aiheuttaa aikatauluttaa aikoa aistia ajaa ajatella ajautua ajelehtia ajella alistua alkaa
aloitella aloittaa ammentaa ampua analysoida anoa ansaita antaa antautua anteeksiantaa arvailla
arvata arvella arvioida arvostaa arvostella asennoitua asentaa asettaa asettua askarrella askeltaa
astella astua asua auttaa avata avautua blogata edetä edistää editoida edustaa ehdottaa ehtiä eksyä
elellä elvyttää elättää elää ennustaa epäillä epäonnistua epäröidä erehtyä erota erottaa erottua
esiintyä esitellä esittäytyä esittää estää eteneä etsiskellä etsiä googlata googlettaa grillata
haahuilla haalia haastaa haastatella haaveilla haista haistaa haistella hajota hakata hakea hakeutua
halata halkaista hallita haluta hamuta hankkia haravoida harjata harjoitella harjoittaa harkita
harmitella harrastaa haukkua haukotella hautoa havahtua havainnoida havaita heikentää heilua
heiluttaa heittäytyä heittää helliä helpottaa herkutella hermostua herättää herätä hidastaa hieroa
hiihtää hiipiä hikoilla hiljentyä hillitä hipelöidä hoiperrella hoitaa hoivata huijata huikata
huilata huiskia huitoa hukata hukkua huoahtaa huokaista huolehtia huolestua huomata huomauttaa
huomioida hurmaantua hutkia huudahtaa huutaa hylätä hymyillä hypellä hyppiä hypätä hyväksyä
hyvästellä hyödyntää hyökätä hyötyä hämmentyä hämmästellä hämmästyä häpeillä hätkähtää hävetä
hävittää hävitä hölkätä höllätä höpistä höpöttää ihailla ihastella ihastua ihmetellä ikävöidä
ilahtua ilmaista ilmoittaa ilmoittautua iloita imeä imuroida inhota innostua irrottaa irtautua
istahtaa istua istuttaa itkeä jaella jahdata jakaa jaksaa jarrutella jarruttaa jatkaa johtaa johtua
joutua juhlia juhlistaa julistaa julkaista jumittaa jumittua juoda juoksennella juoksuttaa juonia
juontaa juosta jutella jutustella juurtua jyrätä jähmettyä jäljittää jännittää järjestäytyä
järjestää jättäytyä jättää jäädyttää jäädä kaahata kaapia kaataa kaatua kadehtia kadota kaivaa
kaivata kaivella kalastaa kallistua kammata kammoksua kamppailla kannattaa kanniskella kannustaa
kantaa kapinoida karata karistaa karjua kartoittaa karttaa kartuttaa kasata kastaa kastella kastua
kasvaa kasvattaa katkaista katkeroitua katsahtaa katsastaa katsella katsoa katua kauhistella
kauhistua kauhoa kaveerata kehdata kehitellä kehittyä kehittää kehottaa kehua kehuskella kehystää
keikkua keittää keksiä kelailla kelata kellistää kelpuuttaa kerjätä kerrata kerrostaa kerskailla
kertoa kertoilla kerätä keskeyttää keskittyä keskustella kestää keventää kiehua kieltäytyä kieltää
kierrellä kierrättää kiertää kihlata kiihdyttää kiihtyä kiillottaa kiinnittää kiinnostua kiipeillä
kiirehtiä kiistellä kiistää kiitellä kiittää kiivetä kinastella kirjata kirjautua kirjoitella
kirjoittaa kirkua kiroilla kirota kitkeä kiusata kivuta klikata koetella koettaa kohdata kohdella
kohdistaa kohentaa kohota kohottaa koitella koittaa kokata kokea kokeilla kokoontua koluta komentaa
kommentoida kompastua kompuroida koostaa koota kopioida koputtaa koristella korjailla korjata
korostaa korottaa korvata koskea kosketella koskettaa kostaa koukuttua kouluttaa kouluttautua
koventaa kuiskailla kuiskata kuiskia kuivata kukistaa kulkea kulkeutua kuluttaa kumartaa kumartua
kummastella kumota kunnioittaa kuntoilla kuolla kuoria kuorrutella kurkata kurkistaa kurkotella
kurkottaa kurvata kutoa kutsua kuulla kuulostaa kuulostella kuulua kuuluttaa kuunnella kuvailla
kuvata kuvitella kyetä kykkiä kylpeä kylvää kypsyttää kypsyä kyseenalaistaa kysellä kysyä kytätä
kyykistyä käsitellä käsittää käskeä kävellä käydä käynnistää käyttäytyä käyttää kääntyä kääntää
kömpiä köyhtyä laajentaa laatia ladata ladella lahjoittaa lainata laiskotella laistaa laittaa
lajitella lakata lanata langeta lapioida laskea laskeskella laskeutua lastata laulaa laulella
lausahtaa lausua lavastaa leikata leikitellä leikkiä leimata leipoa lenkkeillä lennellä lentää
lepuuttaa levittää levitä levätä liftata liikkua liikuskella liikuttaa liikuttua liimata liioitella
liittyä liittää linkittää lisätä litkiä livahtaa liveblogata livettää lohduttaa lohduttautua loikata
loikoilla lojua lomailla lopettaa loukata loukkaantua luennoida lueskella luetella lujittaa lukea
lukita lukkiutua luoda luopua luottaa luovia luovuttaa lupailla luulla luvata lyhentää lyyhistyä
lyödä lähennellä lähentyä lähestyä lähettää lähteä lämmitellä lämmittää läpäistä lässyttää löhötä
löydellä löytää maalailla maalata maata madella mainita mainostaa maistaa maistella majoittua maksaa
malttaa mankua markkinoida masentua matkata matkustaa maustaa meinata melontaa melskata menehtyä
menestyä menettää mennä merkitä mieltyä mietiskellä miettiä mitata moikata moittia mokata mollata
monistaa morjestaa motkottaa muistaa muistella muistuttaa muokata muotoilla murehtia murista
murjottaa murtaa murtautua murtua mutista mutustella muuntaa muutella muuttaa muuttua myhäillä myydä
myöhästyä myöntyä myöntää myötäillä määritellä määrittää määrätä naida naksauttaa nakuttaa napata
naputella naputtaa nauhoittaa nauraa naurahtaa naurattaa nauttia neuloa neuvoa neuvotella niellä
niistää niittää nimetä nimittää nipistää nojailla nojata nolostua nostaa noudattaa noukkia nousta
noutaa nuhdella nukahtaa nukkua nukuttaa nuolaista nuolla nyppiä nyrjäyttää nyyhkyttää nyökätä
nyökäyttää nähdä näkyä näpytellä näytellä näyttäytyä näyttää nörtätä odotella odottaa ohittaa ohjata
ohjeistaa ohjelmoida oikaista oivaltaa oksentaa olettaa olla omaksua omistaa omistautua ommella
onkia onnistua onnitella opastaa opetella opettaa opiskella oppia opponoida organisoida osallistua
osata osoittaa ostaa ostella osua otaksua ottaa paahtaa paasata paeta pahastua pahoitella pahoittaa
painaa painella painia painottaa paiskata paistaa pakata pakertaa pakkailla pakottaa palata
palauttaa palella paljastaa palkata palkita palvella palvoa panna panostaa pantata parannella
parantaa parantua parkua parsia pasteerata peitellä peittyä peittää pelastaa pelastua pelata
pelleillä pelästyä pelätä perehtyä periä perua perustaa perustella peruuttaa pesiytyä pestä pettyä
pettää pidellä pidättäytyä pidättää piehtaroida pienentää piilottaa piiloutua piinata piipahtaa
piirittää piirrellä piirtää pilata pilkkoa pinnata pistellä pistäytyä pistää pitää pohdiskella
pohtia poiketa poimia poistaa poistua polkaista polkea polttaa pomppia poseerata postata potea
potkaista potkia pudota pudottaa puhaltaa puhdistaa puhella puhjeta puhua puhutella puistella pukea
pukeutua pulahtaa pulittaa pumpata punastua punehtua punnita punoa puolustaa puristaa purkaa purra
pursotella puskea pussailla puuhailla puuhastella puuskahtaa puuttua pyhittää pyhkiä pyrkiä
pystyttää pystyä pysyä pysähdellä pysähtyä pysäköidä pysäyttää pyydellä pyyhkiä pyytää pyörittää
pyöriä pyörtyä pyöräillä päihittää päivitellä päivittää päivystää päntätä pärjätä päästellä päästä
päästää päätellä päättyä päättää päätyä raahata raahautua raapia raapustaa raivata raivostua raivota
rajata rakastaa rakastella rakastua rakennella rakentaa rangaista rankaista raportoida rapsutella
rapsuttaa rasittua ratkaista ratketa ratsastaa rauhoittaa rauhoittua reagoida reissata remontoida
repiä reputtaa retkeillä revetä riehua riemuita rientää riidellä riipaista riippua riisua riisuutua
rikkoa rimpuilla ripittäytyä ripustaa riskeerata risteillä ristiä rohjeta roikkua romahtaa romuttaa
ruinata rukoilla ruksia runnella runoilla ruokailla ruokkia rustata ruveta ryhdistäytyä ryhtyä
rynnätä ryntäillä rypeä rypistää räjähtää räjäyttää räkättää räplätä rätkyttää rääkyä rääkätä
röhnöttää saada saalistaa saapua saastuttaa saattaa saavuttaa sairastaa sairastua salata sallia
samaistua saneerata sanella sanoa sattua satuttaa saunoa seikkailla seilata seisahtua seisoa
seisoskella sekaantua sekoittaa selailla selata selitellä selittää selostaa selventää selvitellä
selvittää selvitä selviytyä seota seuloa seurata seurustella siepata sietää siirrellä siirtyä
siirtää siivoilla siivota sijoittaa sijoittua sinnitellä sipsuttaa sisustaa sisällyttää sitoa
sitoutua sivellä sivuuttaa skannata soida soitella soittaa solmia somettaa somistaa sommitella
sooloilla sopertaa sopeutua sopia sortua sotia sotkea soutaa soveltaa sovitella sovittaa striimata
suhtautua suihkia suihkuttaa suistua sujauttaa sukeltaa sukia sulaa sulattaa sulkea sulloa suoda
suojata suojautua suojella suorittaa suosia suositella suostua suostutella surffata surkutella surra
suudella suunnata suunnistaa suunnitella suuttua sydämistyä syleillä sylkeä sylkäistä syntyä sysätä
syttyä sytyttää syventyä syyllistyä syyttää syödä syöksyä syöttää säestää säikähtää säilyttää säilöä
sännätä särkeä särkyä sättiä säveltää säästää säätää sörkkiä taata tahtoa taipua taistella taitaa
taittaa taivaltaa taivastella taivuttaa tajuta takertua taklata tallata tallentaa tallettaa
tallustella talsia tanssia tapahtua tapailla tapella tapittaa tappaa tappella taputella taputtaa
tarjeta tarjoilla tarjota tarjoutua tarkastaa tarkastella tarkentaa tarkistaa tarkkailla tarkoittaa
tarttua tarvita tasata tasoittaa tatuoida tavata tavoitella tavoittaa teettää tehdä tehostaa teipata
teititellä tekeytyä telmiä teloa tempaista tempautua tervehtiä terästäytyä testailla testata
teurastaa tiedottaa tiedustaa tiedustella tienata tietää tiirailla tiivistää tilata tinkiä tiputtaa
tirskua tiskata todentaa todeta todistaa toimia toimittaa toipua toistaa toivoa toivotella toivottaa
tokaista torjua torkahtaa torkkua totella toteuttaa tottua totutella totuttaa touhuilla touhuta
treenailla treenata treffata trimmata tsempata tuhahtaa tuhertaa tuhlata tuijotella tuijottaa tukea
tukehtua tukeutua tulkita tulla tulostaa tunkea tunkeutua tunnistaa tunnustaa tunnustella tuntea
tuoda tuoksua tuomita tuottaa tupakoida tupsahtaa turvata turvautua tuskailla tuskastua tutkailla
tutkia tutkiskella tutustua tuumata tuumia tuupertua tviitata twiitata tyhjentää tykittää tykätä
tylsistyä tyrkyttää tyytyä työllistyä työntää työskennellä tähdentää tähdätä täristä täsmentää
täydentää täyttää töpeksiä törmäillä törmätä uhata uhkailla uhota uhrata uhrautua uida uiskennella
uneksia unelmoida unohdella unohtaa unohtua uppoutua urheilla urkkia uskaltaa uskaltautua uskoa
uskotella uudistaa uupua uurastaa uusia vaania vaatia vaellella vaeltaa vahtia vahvistaa vaientaa
vaieta vaihdella vaihtaa vaihtua vaikeroida vaikuttaa vaikuttua vainota vaivata vaivautua vajota
vakuuttaa vakuuttua valaista valehdella valella valikoida valita valittaa vallata valloittaa
valmentaa valmistaa valmistautua valmistella valmistua valokuvata valvoa vanheta vannoa vapauttaa
vapautua vapista varastaa varata varautua varjella varmistaa varmistua varoa varoittaa varrota
vartioida varustaa varustautua vastaanottaa vastailla vastata vastustaa vatkata vavahtaa vedota
veikata veistää veivata velvoittaa vempailla venytellä venyttää verkostoitua verrata vertailla viedä
viehättyä viekoitella vierailla vieroittaa vieroksua vierottaa viestittää viestiä vihastua vihata
viheltää vihjata vihkiä viihdyttää viihtyä viilettää viiltää viimeistellä viipyä viitata viitoittaa
viitsiä viivytellä viivyttää viivästyä vilauttaa vilkaista vilkuilla vilkuttaa villiintyä vinkata
virittää virkata virkistyä virkistäytyä virnistää virnuilla vitsailla voida voihkaista voimistella
voimistua voittaa voivotella vuodattaa vuokrata vyöryttää väheksyä vähentää väistää väitellä väittää
välittää väljentää vältellä välttyä välttää välähtää värjätä värähtää väsyttää väsyä väsähtää väsätä
yhdistellä yhdistää ylistää ylittää yllyttää ylläpitää yllättyä yllättää yltyä yltää ymmärtää
yrittää yskiä yskäistä äityä ällistyä ällöttää ärsyyntyä ärtyä äänestää äänittää
"""
# Whose forms grammar does not give.
_IRREGULAR = {
    "nähdä": "näen näin näkisin",
    "tehdä": "teen tein tekisin",
    "juosta": "juoksen juoksin juoksisin",
    "maata": "makaan makasin makaisin",
    "käydä": "käyn kävin kävisin",
    "taata": "takaan takasin takaisin",
    "koota": "kokoan kokosin kokoaisin",
    "seota": "sekoan sekosin sekoaisin",
    "paeta": "pakenen pakenin pakenisin",
    "vanheta": "vanhenen vanhenin vanhenisin",
    "edetä": "etenen etenin etenisin",
    "vaieta": "vaikenen vaikenin vaikenisin",
    "tarjeta": "tarkenen tarkenin tarkenisin",
    "rohjeta": "rohkenen rohkenin rohkenisin",
    "kyetä": "kykenen kykenin kykenisin",
    "poiketa": "poikkean poikkesin poikkeaisin",
    "puhjeta": "puhkean puhkesin puhkeaisin",
    "kerjätä": "kerjään kerjäsin kerjäisin",
    "verrata": "vertaan vertasin vertaisin",
    "kerrata": "kertaan kertasin kertaisin",
    "varrota": "vartoan varroin vartoisin",
    "pelätä": "pelkään pelkäsin pelkäisin",
    "hylätä": "hylkään hylkäsin hylkäisin",
    "karata": "karkaan karkasin karkaisin",
    "maistaa": "maistan maistoin maistaisin",
    "ruokkia": "ruokin ruokin ruokkisin",
    "avata": "avaan avasin avaisin",
    "arvata": "arvaan arvasin arvaisin",
    "haravoida": "haravoin haravoin haravoisin",
    "aikoa": "aion aioin aikoisin",
    "tahtoa": "tahdon tahdoin tahtoisin",
    "levitä": "leviän levisin leviäisin",
    "selvitä": "selviän selvisin selviäisin",
    "hävitä": "häviän hävisin häviäisin",
    "lähteä": "lähden läksin lähdin lähtisin",
    "kirjata": "kirjaan kirjasin kirjaisin",
    "tarvita": "tarvitsen tarvitsin tarvitsisin tarvin tarviin tarviisin",
    "haluta": "haluan halusin haluaisin haluun haluisin",
    "mennä": "menen menin menisin meen",
    "tulla": "tulen tulin tulisin tuun",
    "olla": "olen olin olisin oon lienen",
    "panna": "panen panin panisin paan",
    "suunnata": "suuntaan suuntasin suuntaisin",
    "ladata": "lataan latasin lataisin",
    "vedota": "vetoan vetosin vetoaisin",
    "ehtiä": "ehdin ehtisin kerkeän kerkesin",
    "seistä": "seison seisoin seisoisin",
    "kehdata": "kehtaan kehtasin kehtaisin",
    "kohdata": "kohtaan kohtasin kohtaisin",
    "tähdätä": "tähtään tähtäsin tähtäisin",
    "potea": "poden podin potisin",
    "tuntea": "tunnen tunsin tuntisin",
    "kuulla": "kuulen kuulin kuulisin",
    "hakea": "haen hain hakisin",
    "lukea": "luen luin lukisin",
    "jakaa": "jaan jaoin jakaisin",
    "tukea": "tuen tuin tukisin",
    "pukea": "puen puin pukisin",
    "kokea": "koen koin kokisin",
    "sulkea": "suljen suljin sulkisin",
    "kulkea": "kuljen kuljin kulkisin",
    "särkeä": "särjen särjin särkisin",
    "pyrkiä": "pyrin pyrkisin",
    "poimia": "poimin poimisin",
    "hylkiä": "hyljin",
    "rikkoa": "rikon rikoin rikkoisin",
    "alkaa": "alan aloin alkaisin",
    "ajaa": "ajan ajoin ajaisin",
    "näkyä": "näyn näyin näkyisin",
    "kärsiä": "kärsin kärsisin",
    "liata": "likaan likasin",
    "kyllästyä": "kyllästyn kyllästyin kyllästyisin",
    "rakastaa": "rakastan rakastin rakastaisin",
    "tavata": "tapaan tapasin tapaisin",
    "luvata": "lupaan lupasin lupaisin",
    "kaivata": "kaipaan kaipasin kaipaisin",
    "levätä": "lepään lepäsin lepäisin",
    "hävetä": "häpeän häpesin häpeäisin",
    "kiivetä": "kiipeän kiipesin kiipeäisin",
    "ruveta": "rupean rupesin rupeaisin",
    "revetä": "repeän repesin repeäisin",
    "ommella": "ompelen ompelin ompelisin",
    "tietää": "tiedän tiesin tietäisin",
    "taitaa": "taidan taisin taitaisin",
    "sietää": "siedän siedin siesin sietäisin",
    "pitää": "pidän pidin pitäisin",
    "vetää": "vedän vedin vetäisin",
    "itkeä": "itken itkin itkisin",
    "uhata": "uhkaan uhkasin uhkaisin",
    "vihata": "vihaan vihasin vihaisin",
    "vuokrata": "vuokraan vuokrasin vuokraisin",
}

_WEAKER = (
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("nk", "ng"), ("nt", "nn"), ("mp", "mm"), ("lt", "ll"),
    ("rt", "rr"), ("ht", "hd"), ("lp", "lv"), ("rp", "rv"), ("st", "st"), ("sk", "sk"),
    ("tk", "tk"), ("hk", "hk"), ("lk", "l"), ("rk", "r"), ("sp", "sp"),
)  # fmt: skip
_ALONE = {"t": "d", "p": "v", "k": ""}
_STRONGER = {"nn": "nt", "ll": "lt", "rr": "rt", "mm": "mp", "ng": "nk", "hd": "ht"}
_VOWELS = "aeiouyäö"
_TWO_SYLLABLES = re.compile(r"[^aeiouyäö]*[aei][aeiu]?[^aeiouyäö]+a")
"""Those whose past has an o: annoin, jaoin."""


def weak(stem: str) -> str:
    """Return a stem that ends in vowels with its last consonants in the weak grade."""
    onset = len(stem.rstrip(_VOWELS))
    head, vowels = stem[:onset], stem[onset:]
    if not head:
        return stem
    for strong, weaker in _WEAKER:
        if head.endswith(strong):
            return head[: -len(strong)] + weaker + vowels
    if len(head) > 1 and head[-2] in _VOWELS and head[-1] in _ALONE:
        return head[:-1] + _ALONE[head[-1]] + vowels
    return stem


def _strong(stem: str) -> str:
    """Return a stem that ends in consonants in the strong grade."""
    if stem[-2:] in _STRONGER:
        return stem[:-2] + _STRONGER[stem[-2:]]
    if len(stem) > 1 and stem[-2] in _VOWELS:
        last = stem[-1]
        return stem[:-1] + {"t": "tt", "k": "kk", "p": "pp", "d": "t"}.get(last, last)
    return stem


@cache
def forms() -> frozenset[str]:
    """Return what one person says of every listed verb; made at first use, in some 10 ms."""
    said = {form for all_forms in _IRREGULAR.values() for form in all_forms.split()}
    for verb in _VERBS.split():
        if verb not in _IRREGULAR:
            said.update(_conjugated(verb))
    return frozenset(said)


def _conjugated(verb: str) -> Iterator[str]:
    vowel = verb[-1]
    if verb[-2] in _VOWELS:
        yield from _first(verb[:-1])
    elif verb.endswith(("da", "dä")):
        stem = verb[:-2]
        yield f"{stem}n"
        past = stem
        for long, short in (
            ("uo", "o"),
            ("yö", "ö"),
            ("ie", "e"),
            ("aa", "a"),
            ("ää", "ä"),
            ("yy", "y"),
        ):
            past = past.removesuffix(long) + short if past.endswith(long) else past
        past = past.removesuffix("i")
        yield from (f"{past}in", f"{past}isin")
    elif verb.endswith(("ita", "itä")):
        yield from (f"{verb[:-1]}sen", f"{verb[:-1]}sin", f"{verb[:-1]}sisin")
    elif verb.endswith(("ta", "tä")) and verb[-3] in _VOWELS:
        onset = len(verb[:-3])
        stem = _strong(verb[:onset]) + verb[onset:-2]
        yield from (f"{stem}{vowel}n", f"{stem}sin")
        yield f"{stem}isin" if stem[-1] == vowel else f"{stem}{vowel}isin"
    else:
        stem = verb[:-2]
        if stem.endswith("el") and len(stem) > 3:
            stem = _strong(stem[:-2]) + "el"
        yield from (f"{stem}en", f"{stem}in", f"{stem}isin")


def _first(stem: str) -> Iterator[str]:
    """Yield the forms of antaa, sanoa, etsiä: verbs that end in two vowels."""
    present = weak(stem)
    yield f"{present}n"
    last = stem[-1]
    match last:
        case "o" | "ö" | "u" | "y":
            yield from (f"{present}in", f"{stem}isin")
        case "i":
            yield f"{stem[:-1]}isin"
        case "e":
            yield from (f"{present[:-1]}in", f"{stem[:-1]}isin")
        case _:
            yield from (f"{present[:-1]}in", f"{stem}isin")
            if _TWO_SYLLABLES.fullmatch(stem):
                yield f"{present[:-1]}oin"
            if stem[-2] == "t" and (stem[-3] in _VOWELS or stem[-3] in "nlr"):
                yield f"{stem[:-2]}sin"
