"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.207,
    letters_of_same=4.000,
    spelled=1.090,
    core=-2.172,
    slips=-1.640,
    slip_rate=-2.178,
    far=-5.164,
    head=-0.988,
    same_head=1.968,
    tail=1.512,
    within=0.837,
    longer=2.048,
    begins=0.369,
    ends=-0.487,
    similar=-0.779,
    initials=-0.891,
    unexplained=-2.752,
    strange=-1.170,
    unknown_words=-0.568,
    all_words=1.697,
    covered=4.684,
    acronym=-0.646,
    full_acronym=1.509,
    long_acronym=1.981,
    known_acronym=7.000,
    extra_number=-2.499,
    missing_number=-1.292,
    other_number=-0.188,
    sequel=-2.620,
    first=-0.549,
    edition=-0.418,
    fame=4.024,
    fame_of_same=1.948,
    fame_of_acronym=5.011,
    fame_of_part=1.540,
    year=-1.319,
    no_edition=-3.808,
    category=-0.598,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=3.170,
    words=-0.996,
    letters=-2.203,
)
SLOPE: Final = 1.030
OFFSET: Final = 1.543
"""How the chance of the first candidate becomes a confidence."""
