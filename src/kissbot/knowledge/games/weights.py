"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.107,
    letters_of_same=4.000,
    spelled=1.237,
    core=-1.381,
    slips=-1.530,
    slip_rate=-1.510,
    far=-4.730,
    head=-0.071,
    same_head=1.551,
    tail=1.231,
    within=0.941,
    longer=2.078,
    begins=0.762,
    ends=-0.592,
    similar=-0.644,
    initials=-0.574,
    unexplained=-3.105,
    strange=-0.978,
    unknown_words=-1.285,
    all_words=1.416,
    covered=3.551,
    acronym=0.013,
    full_acronym=1.620,
    long_acronym=1.484,
    known_acronym=7.000,
    extra_number=-2.291,
    missing_number=-0.817,
    other_number=-0.723,
    sequel=-1.590,
    first=-0.830,
    edition=-0.126,
    fame=4.307,
    fame_of_same=1.704,
    fame_of_acronym=4.662,
    fame_of_part=1.188,
    year=-0.883,
    no_edition=-3.100,
    category=-0.870,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=1.780,
    words=-1.959,
    letters=-2.362,
    small=2.433,
)
SLOPE: Final = 1.161
OFFSET: Final = 0.819
"""How the chance of the first candidate becomes a confidence."""
