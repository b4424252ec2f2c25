"""The logins of well-known chat bots: what they write is never a request to us."""

from typing import Final

KNOWN_BOTS: Final = frozenset(
    """
    9kmmrbot ankhbot anotherttvviewer apricotdrupefruit blerp botisimo botrix botrixoficial branebot
    buttsbot buttsbot_ cloudbot coebot commanderroot creatisbot curseappbot deepbot dixperbro
    drapsnatt electricallongboard fossabot freddyybot frostytoolsdotcom hnlbot icewizerds instructbot
    kofistreambot lattemotte logviewer lolrankbot lumiastream lurxx mikuia mirrobot mixitupbot
    moobot nightbot ohbot own3d own3dbot p0lizei_ phantombot pokemoncommunitygame potatbotat pretzelrocks
    priestbot rainmaker regressz restreambot revlobot ronnibot rutonybot sery_bot skinnyseahorse
    slanderbot songlistbot soundalerts sport_scores_bot ssakdook streamavatars streamdeckerbot
    streamelements streamholics streamjar streamkit streamlabs streamlootsbot streamraiders
    streamstickers stay_hydrated_bot supibot tangiabot thepositivebot thronebot tipeeebot tipeeestream
    titlechange_bot titlechange_bot_ triviaplaysbot twitchprimereminder uncleebot
    virgoproz vivbot warp_world_bot willitnow wizebot wzbot xanbot yeetbot_
    """.split()  # noqa: SIM905 (a list of names reads best as words)
)
