"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=1.480,
    core=-1.017,
    slips=-0.810,
    slip_rate=-2.169,
    head=0.765,
    tail=2.573,
    within=0.706,
    longer=2.601,
    similar=-1.962,
    initials=-2.026,
    unexplained=-2.403,
    strange=-2.268,
    covered=3.129,
    acronym=3.535,
    known_acronym=7.000,
    extra_number=-3.668,
    missing_number=-2.749,
    first=-1.305,
    edition=-0.080,
    fame=4.230,
    fame_of_acronym=4.297,
    fame_of_part=1.652,
    year=-1.420,
    other_year=-4.042,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=1.908,
    words=-1.315,
    letters=-1.985,
)
