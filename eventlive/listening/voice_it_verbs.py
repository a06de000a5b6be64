"""Italian verbs: what one person says of each, and what all of us say.

Owns the list and the little grammar that it leaves to be worked out; voice_it.py judges.
"""

from __future__ import annotations

from functools import cache

_ARE = """
abbandonare abbassare abbinare abbracciare abitare accarezzare accettare accompagnare accusare
addormentare adorare affermare affittare affrontare aggiornare agitare aiutare allegare allenare
allontanare alzare amare ammazzare annoiare annunciare apparecchiare appoggiare apprezzare
approfittare approvare arrabbiare arrangiare arrivare ascoltare aspettare assaggiare assicurare
attaccare augurare avanzare avvisare baciare bagnare ballare basare bastare bestemmiare bloccare
boicottare brindare bruciare buttare calcolare calmare cambiare camminare cancellare cantare
caricare cavare celebrare cenare cercare chattare chiacchierare chiamare cliccare collaborare
collegare cominciare commentare comportare comprare comunicare concentrare condannare confermare
confessare confidare consegnare conservare considerare consigliare contare contattare continuare
contrastare controllare copiare creare criticare cucinare curare dedicare depositare desiderare
detestare dichiarare dimenticare dimostrare diventare domandare dubitare elencare eliminare
esagerare esaminare esercitare evitare ficcare fidare filmare firmare fissare fotografare
frequentare fumare giocare girare giudicare giurare gridare guadagnare guardare guidare gustare
imbarcare immaginare imparare importare incasinare incazzare incontrare indicare indossare
indovinare ingrassare iniziare insegnare installare interpretare intervistare inventare inviare
invitare lanciare lasciare laureare lavare lavorare leccare legare levare limitare litigare lodare
lottare mandare mangiare meritare mescolare migliorare mischiare mollare moltiplicare montare
mostrare nominare nuotare occupare odiare odorare operare ordinare organizzare osare osservare
pagare parcheggiare parlare partecipare passare passeggiare patteggiare peggiorare pensare pesare
pettinare piazzare picchiare portare postare pranzare pregare prenotare preoccupare preparare
presentare proclamare programmare pronunciare provare pubblicare puntare raccomandare raccontare
rappresentare recitare reclamare regalare registrare respirare restare retwittare ricominciare
ricordare rifiutare rilassare rimandare ringraziare rinnovare rinunciare ripassare riposare
riprovare risparmiare rispettare risvegliare ritirare ritornare ritrovare ritwittare rovinare rubare
russare saltare salutare sbagliare sbavare sbrigare scambiare scannare scappare scaricare scherzare
sciare scoppiare scordare sdraiare segnalare segnare sembrare separare sfidare sfogare sfogliare
soffocare sognare sopportare sostare sparare spaventare sperare spiare spiegare sporcare sposare
spostare sprecare stampare stimare stirare strappare stressare studiare suonare superare supplicare
supportare svegliare sviluppare tagliare tappare telefonare tentare terminare tifare tirare toccare
tornare traslocare tremare trovare truccare twittare urlare usare utilizzare valutare viaggiare
vietare visitare volare votare zappare
"""
_ERE = """
accendere ammettere apprendere arrendere assistere assumere attendere cadere cedere chiedere
chiudere combattere commettere comprendere concedere concludere condividere confondere connettere
conoscere consistere correggere correre costringere credere crescere decidere deludere descrivere
difendere diffondere dipendere dipingere dirigere discutere distruggere dividere esigere esistere
esprimere evolvere fingere friggere illudere insistere intendere iscrivere leggere mettere mordere
muovere nascere nascondere offendere perdere permettere piangere precedere prendere pretendere
prevedere procedere promettere proteggere rendere resistere respingere ricevere richiedere
riconoscere ridere riflettere riprendere risolvere rispondere rivedere rompere scendere scommettere
sconfiggere scrivere smettere sorridere spendere spingere stendere stringere succedere temere
trascorrere trasmettere uccidere vedere vendere vincere vivere
"""
_IRE = """
aprire avvertire bollire coprire cucire divertire dormire fuggire inseguire offrire partire pentire
riempire scoprire seguire sentire servire soffrire vestire
"""
IRREGULAR = {
    "ho": "abbiamo",
    "so": "sappiamo",
    "sto": "stiamo",
    "do": "diamo",
    "dò": "diamo",
    "vado": "andiamo",
    "vo": "andiamo",
    "faccio": "facciamo",
    "rifaccio": "rifacciamo",
    "dico": "diciamo",
    "ridico": "ridiciamo",
    "posso": "possiamo",
    "voglio": "vogliamo",
    "devo": "dobbiamo",
    "debbo": "dobbiamo",
    "bevo": "beviamo",
    "esco": "usciamo",
    "riesco": "riusciamo",
    "muoio": "moriamo",
    "siedo": "sediamo",
    "odo": "udiamo",
    "vengo": "veniamo",
    "tengo": "teniamo",
    "rimango": "rimaniamo",
    "salgo": "saliamo",
    "valgo": "valiamo",
    "scelgo": "scegliamo",
    "tolgo": "togliamo",
    "colgo": "cogliamo",
    "raccolgo": "raccogliamo",
    "accolgo": "accogliamo",
    "sciolgo": "sciogliamo",
    "spengo": "spegniamo",
    "traggo": "traiamo",
    "piaccio": "piacciamo",
    "taccio": "tacciamo",
    "giaccio": "giacciamo",
    "traduco": "traduciamo",
    "produco": "produciamo",
    "conduco": "conduciamo",
    "riduco": "riduciamo",
    "deduco": "deduciamo",
    "introduco": "introduciamo",
    "fui": "fummo",
    "ebbi": "avemmo",
    "feci": "facemmo",
    "dissi": "dicemmo",
    "vidi": "vedemmo",
    "misi": "mettemmo",
    "scrissi": "scrivemmo",
    "lessi": "leggemmo",
    "venni": "venimmo",
    "volli": "volemmo",
    "seppi": "sapemmo",
    "stetti": "stemmo",
    "diedi": "demmo",
    "nacqui": "nascemmo",
    "vissi": "vivemmo",
    "chiesi": "chiedemmo",
    "risposi": "rispondemmo",
    "rimasi": "rimanemmo",
    "scelsi": "scegliemmo",
    "conobbi": "conoscemmo",
    "caddi": "cademmo",
    "tenni": "tenemmo",
    "bevvi": "bevemmo",
    "ruppi": "rompemmo",
    "vinsi": "vincemmo",
    "piansi": "piangemmo",
    "ero": "eravamo",
    "avessi": "avessimo",
    "fossi": "fossimo",
    "potessi": "potessimo",
    "volessi": "volessimo",
    "dovessi": "dovessimo",
    "sapessi": "sapessimo",
    "facessi": "facessimo",
    "andassi": "andassimo",
    "vivessi": "vivessimo",
}

NOUNS = frozenset(
    """
    abbandono abbraccio abito affitto aggiorno aiuto annuncio apparecchio appoggio approvo arrivo
    ascolto aspetto assaggio assumo attacco avanzo avviso bacio bagno ballo basto blocco bollo
    brindo calcolo calmo cambio cammino canto carico cavo cedo commento comporto consiglio contatto
    continuo conto contrasto controllo copio critico curo deposito elenco esercito filmo fisso fumo
    gioco giro grido guadagno guido gusto importo incontro indico inizio invio invito lancio lascio
    lavoro limito lodo lotto merito monto mostro nuoto odio parcheggio parto passeggio passo peso
    porto posto pranzo prego pubblico punto racconto reclamo regalo registro respiro resto ricordo
    rifiuto rinnovo riposo risparmio rispetto ritiro ritorno russo salto saluto sbaglio scambio
    scarico scherzo segno servo sfogo sogno sparo sporco sposo spreco stampo studio suono supero
    supporto sveglio sviluppo taglio tappo telefono tento termino tifo tiro tocco trucco urlo uso
    utilizzo viaggio volo voto
    """.split()
)
"""Nouns and adjectives too: verbs only where nothing else can stand."""


@cache
def presents() -> dict[str, str]:
    """Return what one person says of each verb, with what all of us say; made at first use."""
    forms: dict[str, str] = {}
    for infinitive in _ARE.split():
        stem = infinitive[:-3]
        ours = "hiamo" if stem[-1] in "cg" else "amo" if stem[-1] == "i" else "iamo"
        forms[f"{stem}o"] = stem + ours
    for infinitive in (*_ERE.split(), *_IRE.split()):
        forms[f"{infinitive[:-3]}o"] = f"{infinitive[:-3]}iamo"
    return forms | IRREGULAR
