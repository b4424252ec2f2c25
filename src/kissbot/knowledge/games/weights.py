"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.432,
    letters_of_same=4.000,
    spelled=1.324,
    core=-1.601,
    slips=-1.623,
    slip_rate=-1.362,
    far=-4.956,
    head=-0.189,
    same_head=1.830,
    tail=1.315,
    within=1.119,
    longer=2.168,
    begins=0.778,
    ends=-0.601,
    similar=-1.093,
    initials=-0.686,
    unexplained=-3.344,
    strange=-1.005,
    unknown_words=-1.662,
    all_words=1.447,
    covered=4.414,
    acronym=0.096,
    full_acronym=1.588,
    long_acronym=1.578,
    known_acronym=7.000,
    extra_number=-1.926,
    missing_number=-0.940,
    other_number=-0.901,
    sequel=-1.764,
    first=-0.684,
    edition=-0.091,
    fame=4.268,
    fame_of_same=1.846,
    fame_of_acronym=5.163,
    fame_of_part=1.176,
    year=-1.216,
    no_edition=-3.104,
    category=-0.824,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=2.134,
    words=-1.884,
    letters=-2.409,
    small=2.598,
)
SLOPE: Final = 1.099
OFFSET: Final = 0.914
"""How the chance of the first candidate becomes a confidence."""
