"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=8, core=3, slips=-1.5, slip_rate=-3, head=3, tail=3, within=2, longer=4, similar=-1, initials=-1,
    unexplained=-4, strange=-1, covered=3, acronym=7, known_acronym=7, extra_number=-4, missing_number=-1,
    first=-.5, edition=-1, fame=4, fame_of_acronym=4, fame_of_part=2, year=3, other_year=-5, addition=-1,
)
DOUBT: Final = Doubt(always=5, words=0, letters=0)
