"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=-0.065,
    core=-1.584,
    slips=-0.808,
    slip_rate=-2.271,
    head=-0.848,
    same_head=1.862,
    tail=2.169,
    within=0.803,
    longer=2.269,
    begins=0.583,
    similar=-0.712,
    initials=0.790,
    unexplained=-3.437,
    strange=-1.437,
    all_words=1.917,
    covered=3.880,
    acronym=-0.230,
    full_acronym=2.179,
    letters=-2.181,
    known_acronym=7.000,
    extra_number=-3.369,
    missing_number=-2.661,
    other_number=-0.317,
    first=-0.334,
    edition=-0.306,
    fame=4.570,
    fame_of_acronym=1.389,
    fame_of_part=1.811,
    year=-1.161,
    other_year=-3.108,
    no_edition=-3.719,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=3.687,
    words=-1.279,
    letters=-2.181,
)
