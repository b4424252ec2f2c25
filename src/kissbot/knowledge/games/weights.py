"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.111,
    letters_of_same=4.000,
    spelled=1.237,
    core=-1.375,
    slips=-1.531,
    slip_rate=-1.515,
    far=-4.721,
    head=-0.067,
    same_head=1.559,
    tail=1.233,
    within=0.937,
    longer=2.079,
    begins=0.748,
    ends=-0.600,
    similar=-0.656,
    initials=-0.415,
    unexplained=-3.105,
    strange=-0.981,
    unknown_words=-1.275,
    all_words=1.401,
    covered=3.558,
    acronym=0.020,
    full_acronym=1.617,
    long_acronym=1.486,
    known_acronym=7.000,
    extra_number=-2.251,
    missing_number=-0.811,
    other_number=-0.728,
    sequel=-1.604,
    first=-0.829,
    edition=-0.127,
    fame=4.327,
    fame_of_same=1.705,
    fame_of_acronym=4.664,
    fame_of_part=1.170,
    year=-0.884,
    no_edition=-3.096,
    category=-0.873,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=1.769,
    words=-1.958,
    letters=-2.336,
    small=2.441,
)
SLOPE: Final = 1.158
OFFSET: Final = 0.821
"""How the chance of the first candidate becomes a confidence."""
