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
aconsejar actualizar acudir acumular acusar adaptar adelantar adivinar adjuntar administrar admirar
admitir adoptar adorar afirmar afrontar agarrar agregar aguantar ahorrar alabar alcanzar alimentar
alojar alquilar amar amenazar andar animar anotar anticipar anunciar añadir apagar aparcar apasionar
aplaudir aplicar aportar apoyar apreciar aprender aprovechar apuntar archivar argumentar arrancar
arreglar arriesgar arrojar asegurar asistir asociar aspirar asumir asustar atacar atreverse aumentar
averiguar avisar ayudar bailar bañar barrer beber besar borrar brindar buscar caminar cambiar
cancelar cantar cargar catalogar celebrar cenar charlar chatear citar cobrar cocinar colaborar
coleccionar colocar comentar compartir comprar comprender comunicar conceder concentrar conectar
confirmar confundir conmemorar conservar considerar consultar contactar contemplar contestar
contratar controlar conversar convivir copiar correr coser crear   criticar cruzar cubrir
cuidar cumplir curar debatir deber decidir declarar decorar dedicar dejar depender desayunar
descansar descargar descartar descubrir desear despachar destacar detestar dibujar diferir diseñar
disfrutar discutir dudar echar editar ejecutar elaborar eliminar emitir empujar encargar enfocar
enseñar ensayar entrar entregar entrenar entrevistar equivocar escapar escribir escuchar esforzar
esperar estimar estudiar evitar examinar explicar explorar expresar extrañar fabricar facilitar
fallar felicitar festejar fijar firmar flipar formar frecuentar fumar ganar gastar golpear grabar
gritar guardar gustar habitar hablar identificar ignorar imaginar imprimir incorporar indicar
informar iniciar insistir instalar intentar interesar interpretar inventar investigar invitar jurar
justificar lamentar lanzar lavar leer levantar ligar limitar limpiar llamar llegar llevar llorar
lograr luchar mandar manejar marcar marchar mejorar meter mirar nadar narrar necesitar notar
observar obligar ocupar odiar ofender olvidar operar opinar optar ordenar pagar parar partir
participar pasar pasear pegar peinar pelear perdonar permitir pesar pinchar pintar pisar planear
plantear poseer practicar preguntar preocupar preparar prestar presumir procurar programar prometer
pronunciar publicar quedar quejar quemar quitar rechazar recibir reclamar recorrer redactar
reflexionar regalar registrar regresar reír relajar rellenar repartir repasar reservar resistir
respetar respirar responder resumir retirar retransmitir retuitear revisar rezar romper sacar saltar
saludar separar señalar solicitar soportar sospechar subir subrayar sufrir sumar superar suplicar
temer terminar tirar tocar tolerar tomar trabajar transmitir trasladar tratar tuitear usar vacilar
valorar vender viajar vigilar visitar vivir votar
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

NOUNS = frozenset(
    """
    abandono abrazo acuerdo adelanto adjunto ahorro alimento almuerzo amo anticipo anuncio apoyo
    aprecio apuesto archivo argumento arreglo arrojo aumento aviso baño barro beso cambio camino
    canto cargo cobro cojo comienzo consigo contacto contrato coso cuento curo decoro descanso
    descargo desayuno deseo despacho despido dibujo diseño encargo encuentro ensayo envío escapo
    estudio expreso extraño fallo festejo fijo gasto gobierno golpeo grito gusto inicio intento
    invento juego lamento limpio logro manejo mando marco odio olvido pago paro parto paso paseo
    peso pincho piso planeo planteo practico presto  rechazo reclamo recibo recuerdo regalo
    registro regreso relleno reparto repaso respeto respiro retiro riego río ruego saco salto saludo
    suelo sueño sumo tiro tomo trabajo traslado trato uso vivo voto vuelo
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


def _ours(infinitive: str) -> str:
    ending = {"ar": "amos", "er": "emos", "ir": "imos", "ír": "ímos"}[infinitive[-2:]]
    return infinitive[:-2] + ending
