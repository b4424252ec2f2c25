"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""

from typing import Final

from kissbot.knowledge.games.evidence import Doubt, Evidence

EVIDENCE: Final = Evidence(
    same=2.685,
    letters_of_same=4.000,
    core=-2.073,
    slips=-1.712,
    slip_rate=-1.784,
    far=-5.054,
    head=-0.715,
    same_head=2.040,
    tail=1.905,
    within=0.752,
    longer=1.988,
    begins=0.698,
    ends=-0.091,
    similar=-1.016,
    initials=-0.199,
    unexplained=-3.061,
    strange=-1.427,
    unknown_words=-0.600,
    all_words=1.587,
    covered=4.312,
    acronym=-0.993,
    full_acronym=1.618,
    long_acronym=2.036,
    known_acronym=7.000,
    extra_number=-3.140,
    missing_number=-2.296,
    other_number=-0.229,
    first=-0.352,
    edition=-0.398,
    fame=4.366,
    fame_of_same=2.254,
    fame_of_acronym=4.893,
    fame_of_part=0.989,
    year=-1.361,
    no_edition=-3.943,
    category=-0.678,
    addition=-1.000,
)
DOUBT: Final = Doubt(
    always=2.932,
    words=-1.428,
    letters=-2.052,
)
