"""Spanish verbs whose "I" ends like a noun: the verbs, and what one person says of each.

Owns the list and the little grammar that it leaves to be worked out; voice_es.py judges.
"""

from __future__ import annotations

from functools import cache

# Where the stem changes, the form of one person stands behind the infinitive.
_CHANGING = """
estar:estoy creer:creo dar:doy saber:sé ver:veo prever:preveo caber:quepo hacer:hago rehacer:rehago
deshacer:deshago satisfacer:satisfago decir:digo maldecir:maldigo bendecir:bendigo
contradecir:contradigo salir:salgo sobresalir:sobresalgo valer:valgo traer:traigo atraer:atraigo
caer:caigo seguir:sigo perseguir:persigo conseguir:consigo proseguir:prosigo elegir:elijo
corregir:corrijo exigir:exijo dirigir:dirijo coger:cojo recoger:recojo escoger:escojo
proteger:protejo surgir:surjo fingir:finjo confiar:confío desconfiar:desconfío fiar:fío guiar:guío
enviar:envío ampliar:amplío variar:varío enfriar:enfrío esquiar:esquío fotografiar:fotografío
convencer:convenzo vencer:venzo ejercer:ejerzo actuar:actúo continuar:continúo situar:sitúo
evaluar:evalúo graduar:gradúo reunir:reúno prohibir:prohíbo acordar:acuerdo acostar:acuesto
advertir:advierto almorzar:almuerzo apostar:apuesto apretar:aprieto aprobar:apruebo atender:atiendo
calentar:caliento cerrar:cierro colgar:cuelgo comenzar:comienzo competir:compito comprobar:compruebo
confesar:confieso contar:cuento convertir:convierto defender:defiendo demostrar:demuestro
despedir:despido devolver:devuelvo divertir:divierto dormir:duermo empezar:empiezo encender:enciendo
encontrar:encuentro entender:entiendo envolver:envuelvo extender:extiendo gobernar:gobierno
impedir:impido invertir:invierto jugar:juego medir:mido mentir:miento morir:muero mostrar:muestro
mover:muevo negar:niego pedir:pido pensar:pienso perder:pierdo poder:puedo preferir:prefiero
probar:pruebo promover:promuevo querer:quiero recomendar:recomiendo recordar:recuerdo
referir:refiero regar:riego renovar:renuevo repetir:repito requerir:requiero resolver:resuelvo
rogar:ruego sentir:siento servir:sirvo soler:suelo soñar:sueño sugerir:sugiero temblar:tiemblo
tender:tiendo tropezar:tropiezo volar:vuelo volver:vuelvo
"""
_REGULAR = """
abandonar abarcar abordar abrazar abrir aburrir acabar acceder aceptar acercar aclarar acompañar
aconsejar acostumbrar actualizar acudir acumular acusar adaptar adelantar adivinar adjuntar
administrar admirar admitir adoptar adorar afirmar afrontar agarrar agregar aguantar ahogar ahorrar
alabar alcanzar alegrar alejar alimentar alojar alquilar amar amenazar andar animar anotar anticipar
anunciar apagar aparcar apasionar aplaudir aplicar aportar apoyar apreciar aprender aprovechar
apuntar archivar argumentar armar arrancar arreglar arriesgar arrojar asegurar asistir asociar
aspirar asumir asustar atacar atreverse aumentar avanzar averiguar avisar ayudar añadir bailar
barrer basar bañar beber beneficiar besar borrar brillar brindar buscar cagar callar cambiar caminar
cancelar cansar cantar cargar catalogar causar ceder celebrar cenar charlar chatear citar cobrar
cocinar coincidir colaborar coleccionar colocar comentar cometer comparar compartir comprar
comprender comprometer comunicar conceder concentrar condenar conectar confirmar conformar confundir
conmemorar conservar considerar consultar consumir contactar contemplar contestar contratar
controlar conversar convivir copiar correr coser crear criar criticar cruzar cubrir cuestionar
cuidar culpar cumplir curar debatir deber decidir declarar decorar dedicar dejar denunciar depender
desarrollar desayunar descansar descargar descartar describir descubrir desear desempeñar despachar
destacar detestar dibujar diferir difundir discutir diseñar disfrutar disparar dividir dominar dudar
echar editar ejecutar elaborar eliminar emitir emplear empujar enamorar encantar encargar enfocar
enfrentar engañar ensayar enseñar entrar entregar entrenar entrevistar equivocar escapar esconder
escribir escuchar esforzar esperar estimar estrenar estudiar evitar examinar existir experimentar
explicar explorar explotar expresar extrañar fabricar facilitar fallar faltar felicitar festejar
fijar firmar flipar formar frecuentar fumar funcionar ganar garantizar gastar generar girar golpear
gozar grabar gritar guardar gustar habitar hablar hallar identificar ignorar imaginar importar
imprimir impulsar incorporar indicar informar ingresar iniciar insistir instalar insultar intentar
interesar interpretar inventar investigar invitar joder jurar justificar juzgar lamentar lanzar
lavar leer levantar ligar limitar limpiar llamar llegar llenar llevar llorar lograr luchar mandar
manejar marcar marchar matar mejorar mencionar meter mirar moderar molestar montar mudar nadar
narrar necesitar nombrar notar obligar observar ocupar odiar ofender olvidar operar opinar optar
ordenar pagar parar participar partir pasar pasear pegar peinar pelear percibir perdonar permitir
pesar pinchar pintar pisar planear plantear posar poseer practicar preguntar preocupar preparar
prestar presumir pretender proceder procurar programar prometer pronunciar protestar provocar
publicar quedar quejar quemar quitar reaccionar rechazar recibir reclamar recorrer recuperar
redactar reflejar reflexionar regalar registrar regresar relajar rellenar renunciar repartir repasar
representar rescatar reservar resistir respetar respirar responder resultar resumir retirar
retransmitir retuitear revisar rezar reír robar rodear romper sacar saltar saludar separar señalar
sobrevivir solicitar soportar sorprender sortear sospechar subir subrayar sufrir sumar superar
suplicar tachar tardar temer terminar tirar tocar tolerar tomar topar trabajar transcribir
transformar transmitir trasladar tratar tuitear ubicar usar vacilar valorar vender viajar vigilar
violar visitar vivir votar
"""
# Irregular for us too, or not of the present.
_OTHERS = {
    "soy": "somos",
    "voy": "vamos",
    "he": "hemos",
    "oigo": "oímos",
    "río": "reímos",
    "sonrío": "sonreímos",
    "fui": "fuimos",
    "vi": "vimos",
    "di": "dimos",
}

# Irregular where the accent is left out, too.
_HASTY = {
    "hare": "haremos",
    "tendre": "tendremos",
    "saldre": "saldremos",
    "pondre": "pondremos",
    "vendre": "vendremos",
    "confio": "confiamos",
    "desconfio": "desconfiamos",
}
_IRREGULAR_PAST = frozenset(
    "caber dar decir estar hacer poder querer saber satisfacer traer ver".split()
)
_WORDS_OF_THEIR_OWN = frozenset("acorde conte rogue".split())
_WITHOUT_ACCENTS = str.maketrans("áéíóú", "aeiou")

NOUNS = frozenset(
    """
    abandono abrazo acuerdo adelanto adjunto ahorro alimento almuerzo amo anticipo anuncio apoyo
    aprecio apuesto archivo argumento arreglo arrojo aumento aviso barro baño beneficio beso brillo
    callo cambio camino canto cargo cobro cojo comienzo consigo consumo contacto contrato coso
    cuento curo decoro desarrollo desayuno descanso descargo desempeño deseo despacho despido dibujo
    diseño disparo empleo encanto encargo encuentro engaño ensayo envío escapo estreno estudio
    experimento expreso extraño fallo festejo fijo gasto giro gobierno golpeo gozo grito gusto
    impulso ingreso inicio insulto intento invento juego lamento limpio lleno logro mando manejo
    marco molesto monto mudo odio olvido pago paro parto paseo paso peso pincho piso planeo planteo
    poso practico presto rechazo recibo reclamo recuerdo reflejo regalo registro regreso relleno
    reparto repaso respeto respiro retiro riego robo rodeo ruego río saco salto saludo sorteo suelo
    sueño sumo tiro tomo topo trabajo traslado trato uso vivo voto vuelo
    """.split()
)
"""Nouns, adjectives and prepositions too: verbs only where nothing else can stand."""


@cache
def presents() -> dict[str, str]:
    """Return what one person says of each verb, with what all of us say; made at first use."""
    forms = dict(_OTHERS)
    for pair in _CHANGING.split():
        infinitive, _, one = pair.partition(":")
        forms[one] = _ours(infinitive)
    for infinitive in _REGULAR.split():
        infinitive = infinitive.removesuffix("se")
        forms.setdefault(f"{infinitive[:-2]}o", _ours(infinitive))
    return forms


@cache
def typed_in_haste() -> dict[str, str]:
    """Return "decidi", "empece" and "volvere", whose accents were not typed, with our forms.

    Only where without its accent the form is no other one: "compre" is what somebody may buy.
    """
    forms = dict(_HASTY)
    for infinitive, one in _verbs():
        stem, ending = infinitive[:-2], infinitive[-2:]
        forms[f"{infinitive}e"] = f"{infinitive}emos"
        if infinitive in _IRREGULAR_PAST:
            continue
        if ending in ("er", "ir") and len(stem) > 2:
            forms[f"{stem}i"] = f"{stem}imos"
        elif ending == "ar" and _bare(one[:-1]) != _bare(stem):
            forms[f"{_before_e(stem)}e"] = f"{stem}amos"
    return {form: ours for form, ours in forms.items() if form not in _WORDS_OF_THEIR_OWN}


def past_of_another(form: str) -> bool:
    """Tell whether "dejo" is also what "dejó" becomes where accents are not typed."""
    return f"{form[:-1]}ar" in _all_infinitives()


@cache
def _all_infinitives() -> frozenset[str]:
    return frozenset(infinitive for infinitive, _ in _verbs())


def _verbs() -> list[tuple[str, str]]:
    """Return each infinitive with what one person says of it now."""
    changing = [pair.split(":") for pair in _CHANGING.split()]
    regular = [infinitive.removesuffix("se") for infinitive in _REGULAR.split()]
    return [(infinitive, one) for infinitive, one in changing] + [
        (infinitive, f"{infinitive[:-2]}o") for infinitive in regular
    ]


def _before_e(stem: str) -> str:
    """Return a stem as it is spelled before e: "empez" is "empec", "jug" is "jugu"."""
    spelled = {"z": "c", "c": "qu", "g": "gu"}
    return stem[:-1] + spelled.get(stem[-1], stem[-1])


def _bare(stem: str) -> str:
    return stem.translate(_WITHOUT_ACCENTS)


def _ours(infinitive: str) -> str:
    ending = {"ar": "amos", "er": "emos", "ir": "imos", "ír": "ímos"}[infinitive[-2:]]
    return infinitive[:-2] + ending
