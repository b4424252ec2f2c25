"""What a line shows of the answer that it calls for: a few words, its length, its marks. Pure, and cheap."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from math import log
from typing import Final

from msgspec import Struct

_WORDS: Final[Mapping[str, str]] = {
    "greets": """
        hi hello hey hiya yo sup heya morning evening welcome salut slt coucou cc bonjour bjr bonsoir wesh
        re hola holi buenas wenas buenos_dias saludos hallo moin servus nabend guten_morgen guten_tag
        guten_abend gruss huhu good_morning good_evening
    """,
    "thanks": """
        thanks thank thx ty cheers merci mci mercii gracias grax danke dankeschon vielen_dank
    """,
    "leaves": """
        bye goodbye night cya see_you a_plus bonne_nuit bonne_soiree a_demain adios hasta nos_vemos chao
        tschuss gute_nacht bis_morgen ciao
    """,
    "is_there": """
        ping alive online awake anyone test testing prueba t'es_la es_la allo y_a vivant tu_dors estas_ahi
        sigues_ahi vivo hay_alguien bist_du_da noch_da lebst jemand bot
    """,
    "reacts": """
        gg lol lmao rofl haha hahaha xd nice wow rip ok okay o7 l w pog true mdr ptdr bravo bien_joue
        trop_fort d'accord genial jaja jajaja jajaj vale crack bien_hecho de_nada gut_gemacht stark
        alles_klar good_bot bad_bot gentil buen guter
    """,
    "who": """who whose whom qui quien quienes wer wessen wen""",
    "when": """
        when quand cuando wann year annee ano jahr century siecle siglo jahrhundert date fecha
    """,
    "where": """where ou donde wo city ville ciudad stadt""",
    "which": """
        which quel quelle quels quelles cual cuales welche welcher welches welchem what_is what's whats
        c'est_quoi qu'est-ce que_es was_ist wie_heisst what_does que_veut que_significa was_bedeutet
    """,
    "measures": """
        how_many how_much how_old how_tall how_long how_far how_big how_fast how_high combien cb cuanto
        cuantos cuanta cuantas wie_viele wie_viel wie_hoch wie_alt wie_weit wie_lange wie_gross quel_age
        quelle_hauteur que_distancia number percentage
    """,
    "why": """why pourquoi por_que porque warum wieso weshalb""",
    "how": """how comment como wie""",
    "explains": """
        explain explains explique explica explicame explicate erklare erklar describe decris decrivez
        describeme descri describete beschreibe beschreib detail details detaille detallada developpe
        elaborate begrunde ausfuhrlich overview uberblick clarify tell_me_about parle-moi hablame
        everything tout_sur todo_sobre alles_uber decris-toi explique-moi
    """,
    "works": """
        work works funktioniert funktionieren fonctionne fonctionnent marche marchent funciona funcionan
        form forms forment entsteht entstehen happen happened passe passerait pasaria paso geschah
        passieren began begin started start commence empezo begann causes cause causas ursachen theories
        theory lore history histoire historia geschichte mythology mythologie mitologia life vie vida
        leben consequences influence
    """,
    "lists": """
        list liste lista top name_all cite nombra nenne names all tous toutes todos alle ideas idees ideen
        several some five cinq cinco funf ten dix diez zehn zahle order ordre orden reihe
    """,
    "compares": """
        compare compara vergleiche vergleich difference diferencia unterschied versus vs advantages
        avantages ventajas vorteile nachteile vor- disadvantages inconvenients desventajas pros cons
        better mieux mejor besser
    """,
    "writes": """
        write ecris ecrire ecris-moi escribe escribir escribeme schreib schreibe poem poeme poema gedicht
        story speech discours discurso rede letter lettre carta invent invente imagine inventa erfinde
        erfinden summarise summarize summary resume resumen resumir fasse zusammen create make_me
    """,
    "advises": """
        tips advice conseils consejos tipps recommend recommande recommande-moi recomiendame recomienda
        empfiehl help aide aide-moi ayudame hilf recipe recette receta rezept plan programme trainingsplan
        convince convaincs-moi convenceme uberzeug step etape paso schritt learn apprendre aprender lernen
        lerne configure configurer configuro set_up ways facons formas wege improve get_better give_me
        donne-moi dame gib_mir
    """,
    "jokes": """
        joke blague chiste witz fun_fact anecdote dato lustiges compliment cumplido kompliment roast flip
        number_between pile cara kopf guess devine adivina rate pick choisis elige nenn
    """,
    "translates": """
        translate say_cat traduis traduce ubersetze dit dice sagt how_do_you_say english anglais ingles
        englisch german allemand aleman
    """,
    "addresses": """
        you your yours u yourself tu te toi ton ta tes t'es t'as t'appelles vous tú ti tienes eres du dir
        dich dein deine bist magst kannst estas sabes crees prefieres
    """,
    "oneself": """
        i i'm me my we je j'ai moi mon ma mes on nous yo mi mis vamos ich mir mich mein meine wir
    """,
    "around": """
        chat stream streamer today tonight now he this_round winning directo hoy ahora heute gerade la
        aujourd'hui soir ce_soir match partie partida runde he's er time heure hora spat
    """,
    "opines": """
        think favourite favorite like love should opinion avis penses prefere preferes aimes favorito
        gusta opinas crees lieblingsspiel haltst findest meinung soll prefer good bon bueno gut would
    """,
    "is_it": """
        is are does do did was can will est-ce est-il ist hat wurde kann gibt es kam salio nacio
    """,
    "facts": """
        wrote written directed born died invented released release founded won capital population planet
        country pays pais land river fleuve rio fluss ocean ecrit realise ne sorti sortie gagne symbole
        ecrivit escribio dirigio gano salida simbolo nacio schrieb gedreht geboren erschien gewann
        hauptstadt zeichen einwohnerzahl erscheinungsdatum heraus developpe entwickelt hizo studio estudio
        world monde mundo welt king president war guerre guerra krieg roi rey konig currency monnaie
        moneda wahrung voices game jeu juego spiel song album movie film
    """,
    "most": """
        most largest longest biggest highest tallest first last plus grand premier dernier mas primer
        ultimo meisten langste grosste erste letzte
    """,
}
"""Words by what they show, in four languages, without accents; `_` stands for a blank."""

_SIGNS: Final = ("asks", "opens", "number", "names", "word", "few", "many", "length", "and_why")
NAMES: Final = ("always", *_WORDS, *(f"first_{name}" for name in _WORDS), *_SIGNS)
"""The traits, in the order of their values."""

_FEW: Final = 3
_MANY: Final = 11
_READ: Final = 500
"""Characters of a line that are looked at; no longer one is ever shown by the platform."""

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PLACES: Final = {name: place for place, name in enumerate(NAMES)}


def _index() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for name, words in _WORDS.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), _PLACES[name])
    return found


_SHOWN: Final = _index()
_LATER: Final = len(_WORDS)
"""How far the place of what a first word shows is behind that of what any word shows."""


class Line(Struct, frozen=True, gc=False):
    """A line, as it is looked at."""

    text: str
    words: tuple[str, ...]
    """As they were typed."""
    tokens: tuple[str, ...]
    """The same in small letters without accents."""


def read(text: str) -> Line:
    """Take a line apart."""
    text = text[:_READ].replace("’", "'")
    words = tuple(_TOKEN.findall(text))
    return Line(text, words, tuple(map(_plain, words)))


def _plain(word: str) -> str:
    word = word.lower()
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def traits(line: Line) -> dict[int, float]:
    """What a line shows: the places in `NAMES` that are not zero, and their values."""
    found = dict.fromkeys(_of_words(line.tokens), 1.0)
    found.update((_PLACES[name], value) for name, value in _of_form(line).items() if value)
    return found


def _of_words(tokens: tuple[str, ...]) -> Iterator[int]:
    yield 0
    for place, token in enumerate(tokens):
        following = f"{token}_{tokens[place + 1]}" if place + 1 < len(tokens) else token
        for shown in (*_SHOWN.get(token, ()), *_SHOWN.get(following, ())):
            yield shown
            if place == 0:
                yield shown + _LATER


def _of_form(line: Line) -> dict[str, float]:
    count = len(line.tokens)
    return {
        "asks": float("?" in line.text),
        "opens": float("¿" in line.text),
        "number": float(any(character.isdigit() for character in line.text)),
        "names": float(any(word[0].isupper() for word in line.words[1:])),
        "word": float(count <= 1),
        "few": float(count <= _FEW),
        "many": float(count >= _MANY),
        "length": log(1 + count) / 3,
        "and_why": float("why" in line.text and count > _FEW),
    }
