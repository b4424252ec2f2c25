"""What models put around an answer: reasoning, turns of other speakers, formatting, stage directions."""

import re
from collections.abc import Iterator
from typing import Final

_THOUGHT: Final = re.compile(
    r"[<◁\[](?P<end>/?)(?:think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad)\b"
    r"[^<>◁▷\[\]]{0,100}[>▷\]]",
    re.I,
)
_CHANNELS: Final = re.compile(r"^.*<\|channel\|>final<\|message\|>", re.S)
_OVER: Final = re.compile(
    r"(?:<\|(?:im_end|im_start|eot_id|endoftext|end|return|call|user|start_header_id|channel)\|>"
    r"|</s>|\[/?INST\]|<</?SYS>>|<end_of_turn>|<start_of_turn>|^###\s*(?:Instruction|Input|User|Human)\b.*$).*",
    re.I | re.S | re.M,
)
_SPECIAL: Final = re.compile(r"<\|[\w/]{1,30}\|>|<s>")
_SPEAKER: Final = (
    r"(?:user|human|viewer|assistant|ai|bot|system|question|q"
    r"|utilisateur|spectateur|usuario|espectador|benutzer|nutzer|zuschauer|system prompt|chatbot)"
)
_NEXT_TURN: Final = re.compile(rf"(?<=\S)\n\**{_SPEAKER}\**\s?:.*", re.I | re.S)
_ASKED: Final = re.compile(
    r"^\**(?:user|human|viewer|question|q|utilisateur|usuario|nutzer)\**\s?:.*\n", re.I
)
_LABEL: Final = re.compile(
    r"^\W*(?:assistant|answer|response|reply|final answer|output|ai|bot|system|chatbot|the answer"
    r"|réponse|reponse|respuesta|antwort|a|r)\**\s?:\**\s+",
    re.I,
)

_FENCE: Final = re.compile(r"^(?:```|~~~)[\w+#.-]*$", re.M)
_HEADING: Final = re.compile(r"^#{1,6} ", re.M)
_ITEM: Final = r"(?:[-*+•▪‣–—] |\(?\d{1,2}[.)] (?=\S))"
_BULLET: Final = re.compile(rf"^{_ITEM}", re.M)
_NEXT_ITEM: Final = re.compile(rf"(?<=[^\s.!?…:;,])\n{_ITEM}")
_QUOTED: Final = re.compile(r"^(?:> ?)+", re.M)
_RULE: Final = re.compile(r"^(?:[-=_*] ?){3,}$|^(?=[^|\n]*\|)[ |:-]+$", re.M)
_BOX: Final = re.compile(r"\\(?:boxed|text|textbf)\{([^{}]*)\}")
_LINKED: Final = re.compile(r"!?\[([^\[\]]*)\]\((\S{0,200}?)\)")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,300}>|<!--.{0,300}?-->")
_STRONG: Final = re.compile(r"(\*\*\*|\*\*|___|__|~~)(?=\S)([^*_~\n]+?)(?<=\S)\1")
_CODE: Final = re.compile(r"`+([^`]*)`+")
_MARKS: Final = re.compile(r"`+|\*{2,}|_{3,}|~~+|\|\|")

_ACT: Final = re.compile(r"(?<![\w*])([*_])(?![\s*_])([^*_\n]{1,80}?)(?<![\s*_])\1(?![\w*])")
_SENTENCE_OVER: Final = re.compile(r"(?:^|[.!?…:\n)]|[^\w\s,;'\"«(\[])\s*$")
_ACTS: Final = (
    r"(?:waves|smiles|laughs|giggles|winks|nods|sighs|bows|hugs|shrugs|grins|chuckles|dances|blushes|purrs|coughs"
    r"|sourit|rit|rigole|salue|hoche|soupire|hausse|fait un clin|rougit|danse"
    r"|sonríe|sonrie|ríe|rie|saluda|guiña|suspira|asiente|abraza|baila"
    r"|lächelt|lacht|winkt|zwinkert|nickt|seufzt|verbeugt|grinst|umarmt|tanzt)"
)
_ACTS_FIRST: Final = re.compile(rf"{_ACTS}\b", re.I)
_BRACKETED_ACT: Final = re.compile(rf"[(\[]\s*{_ACTS}\b[^()\[\]]{{0,60}}[)\]]", re.I)


def answer_alone(text: str) -> str:
    """The answer without reasoning, what a model says in another's name, and its own label."""
    text = _CHANNELS.sub("", _without_thoughts("\n".join(_lines(text))))
    text = _SPECIAL.sub("", _OVER.sub("", text)).strip()
    return _LABEL.sub("", _NEXT_TURN.sub("", _ASKED.sub("", text)))


def _lines(text: str) -> Iterator[str]:
    """The lines that have something on them, with single blanks."""
    for line in text.splitlines():
        if words := line.split():
            yield " ".join(words)


def _without_thoughts(text: str) -> str:
    """What stands outside of `<think>…</think>`; all before an end without a beginning is a thought."""
    kept: list[str] = []
    since, depth = 0, 0
    for tag in _THOUGHT.finditer(text):
        if tag["end"]:
            kept = kept if depth else []
            depth = max(depth - 1, 0)
        else:
            kept.append("" if depth else text[since : tag.start()])
            depth += 1
        since = tag.end()
    return " ".join([*kept, "" if depth else text[since:]]).strip()


def without_acts(text: str) -> str:
    """The answer without `*waves*`; a title or a stressed word between such signs stays."""
    return _BRACKETED_ACT.sub(" ", _ACT.sub(_act_or_word, text))


def _act_or_word(match: re.Match[str]) -> str:
    """Nothing for a stage direction, which stands where a sentence would and begins small."""
    inside, before = match[2], match.string[max(0, match.start() - 8) : match.start()]
    acted = _ACTS_FIRST.match(inside) or (inside[0].islower() and _SENTENCE_OVER.search(before))
    return " " if acted else inside


def without_formatting(text: str, *, links: bool) -> str:
    """Plain words for Markdown, HTML and TeX; the address of a link stays only where `links` may be said."""
    text = _NEXT_ITEM.sub(", ", _QUOTED.sub("", _RULE.sub("", _FENCE.sub("", text))))
    text = _BULLET.sub("", _HEADING.sub("", text))
    text = _LINKED.sub(r"\1 \2" if links else r"\1", _BOX.sub(r"\1", text))
    text = _CODE.sub(r"\1", _STRONG.sub(r"\2", _TAG.sub(" ", text)))
    return _MARKS.sub("", text)
