"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.107,
    letters_of_same=4.000,
    spelled=1.235,
    core=-1.360,
    slips=-1.528,
    slip_rate=-1.516,
    far=-4.732,
    head=-0.048,
    same_head=1.553,
    tail=1.243,
    within=0.955,
    longer=2.093,
    begins=0.730,
    ends=-0.601,
    similar=-0.651,
    initials=-0.588,
    unexplained=-3.098,
    strange=-0.964,
    unknown_words=-1.287,
    all_words=1.390,
    covered=3.557,
    acronym=0.009,
    full_acronym=1.621,
    long_acronym=1.483,
    known_acronym=7.000,
    extra_number=-2.197,
    missing_number=-0.828,
    other_number=-0.953,
    sequel=-1.598,
    first=-0.829,
    edition=-0.113,
    fame=4.295,
    fame_of_same=1.706,
    fame_of_acronym=4.663,
    fame_of_part=1.180,
    year=-0.879,
    no_edition=-3.096,
    category=-0.869,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=1.780,
    words=-1.940,
    letters=-2.361,
    small=2.430,
)
SLOPE: Final = 1.156
OFFSET: Final = 0.816
"""How the chance of the first candidate becomes a confidence."""
